// Attention as Python packs it (answers.py): (layers, heads, query, key), 16 bits a share, base64.
function unpackShares({ layers, heads, length, packed }) {
  const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
  const numbers = new Uint16Array(bytes.buffer);
  const means = new Map();

  // One head, or the mean over what is null: the heads of a layer, or everything.
  function head(layer, which) {
    if (layer !== null && which !== null) {
      const start = (layer * heads + which) * length * length;
      return (query, key) => numbers[start + query * length + key] / 65535;
    }
    if (!means.has(layer)) {
      const sum = new Float64Array(length * length);
      const rows = layer === null ? [...Array(layers).keys()] : [layer];
      for (const row of rows) {
        for (let each = 0; each < heads; each++) {
          const start = (row * heads + each) * sum.length;
          for (let at = 0; at < sum.length; at++) sum[at] += numbers[start + at] / 65535;
        }
      }
      means.set(layer, sum.map((total) => total / (rows.length * heads)));
    }
    const mean = means.get(layer);
    return (query, key) => mean[query * length + key];
  }

  return { layers, heads, length, head };
}

// One sentence at one moment: the holes filled with the best guesses, the guesses themselves, and where tokens look.
//
//   const sentence = sentencePanel({ name: "BERT", colour: "bert" });
//   sentence.draw({ tokens, guesses: [[["door", 0.4], ...]], truth: [["door", 1]] or null, seen: { layers, heads, bytes } });
//
// `bytes` holds shares of attention times 255, in the order layer, head, looker, looked at.
// Layers and heads are counted from 0, as everywhere here.
function sentencePanel({ name, colour }) {
  const [words, tables, pickers] = [make("p", "words"), make("div", "holes"), make("div", "pickers")];
  let [shown, chosen] = [null, null];
  const lines = attentionLines({
    label: `Attention of ${name}`,
    onChoose: (query) => {
      chosen = query;
      drawLines();
    },
  });
  lines.element.style.setProperty("--colour", `var(--${colour})`);
  const attention = make("div", "attention");
  attention.append(pickers, lines.element);
  const [layer, head] = ["Layer", "Head"].map((title) => {
    const label = make("label");
    const menu = make("select");
    label.append(`${title} `, menu);
    pickers.append(label);
    menu.addEventListener("change", () => drawLines());
    return menu;
  });

  function offer(menu, names, chosen) {
    if (menu.options.length === names.length) return;
    menu.replaceChildren(...names.map((text, i) => new Option(text, i, false, i === chosen)));
  }

  function drawLines() {
    const { tokens, seen, holes } = shown;
    const [count, size] = [tokens.length, tokens.length ** 2];
    offer(layer, Array.from({ length: seen.layers }, (_, i) => `${i}`), seen.layers - 1);
    offer(head, ["mean of all", ...Array.from({ length: seen.heads }, (_, i) => `${i}`)], 0);
    const heads = +head.value ? [+head.value - 1] : Array.from({ length: seen.heads }, (_, i) => i);
    const share = (query, key) => {
      const cell = (each) => seen.bytes[(+layer.value * seen.heads + each) * size + query * count + key];
      return heads.reduce((sum, each) => sum + cell(each), 0) / (255 * heads.length);
    };
    lines.draw({ tokens, share, hidden: holes, chosen: chosen < count ? chosen : null });
  }

  function column(title, guesses, right, colour) {
    const table = guessTable();
    table.element.style.setProperty("--colour", `var(--${colour})`);
    table.draw({ title, guesses, right });
    return table.element;
  }

  function draw({ tokens, guesses, truth = null, seen }) {
    const holes = tokens.flatMap((token, place) => (token === "[MASK]" ? [place] : []));
    shown = { tokens, seen, holes };
    const right = truth?.[0][1] > 0.99 ? truth[0][0] : null;
    const filled = tokens.flatMap((token, place) => {
      if (["[CLS]", "[SEP]", "[PAD]"].includes(token)) return [];
      if (token !== "[MASK]") return [token.startsWith("##") ? token.slice(2) : ` ${token}`];
      const best = make("mark", guesses[holes.indexOf(place)][0][0] === right ? "right" : "");
      best.textContent = guesses[holes.indexOf(place)][0][0];
      return [" ", best];
    });
    words.replaceChildren(...filled);
    const of = (i) => (holes.length > 1 ? `, hole ${i + 1}` : "");
    tables.replaceChildren(
      ...guesses.map((each, i) => column(`${name} guesses${of(i)}`, each, right, colour)),
      ...(truth ? [column("what can be known", truth, right, "limit")] : []),
    );
    drawLines();
  }

  return { words, tables, attention, draw };
}

// Bytes from the letters in which a page carries them.
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

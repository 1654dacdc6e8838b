// Losses or shares over training steps, beside what is known: dashed lines, with their names at their ends.
//
//   const losses = curve({ what: "loss (nats)" });
//   losses.draw({
//     lines: [{ name: "BERT", colour: "bert", points: [[0, 6.67], [100, 4.5]], faint: false }],
//     limits: [{ name: "both sides, limit", colour: "limit", value: 0.26 }],
//     steps: 3000, cursor: 100,
//   });
//
// Losses stand on a scale on which each line is half the one above, shares (`share: true`) on a plain one from 0 to 1.
// With `tenfold` the steps are drawn from mark to mark ten times as many: the beginning, where much happens, is wide.
// Over something else than steps: `over: { title: "pieces in the vocabulary", short: "size" }`.
function curve({ what, share = false, tenfold = false, height = 250, over = { title: "training step", short: "step" } }) {
  const [letter, gap, top, bottom, left] = [6.7, 16, 26, 40, 46];
  const element = document.createElement("figure");
  element.className = "curve";
  const svg = svgPart("svg", { role: "img", height });
  const folded = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = `${what} as a table`;
  const table = document.createElement("table");
  folded.append(summary, table);
  element.append(svg, folded);
  const written = (value) => (share ? `${(100 * value).toFixed(1)}%` : value.toFixed(2));
  let shown = null;

  // Heights for labels, moved as little as keeps neighbours apart: those that would touch move away from their middle.
  function spread(heights) {
    const order = heights.map((_, i) => i).sort((one, other) => heights[one] - heights[other]);
    const groups = []; // of labels that touch: where the first one stands, and how many there are
    for (const i of order) {
      let group = { first: heights[i], count: 1 };
      while (groups.length && groups.at(-1).first + groups.at(-1).count * gap > group.first) {
        const above = groups.pop();
        const count = above.count + group.count;
        const first = (above.first * above.count + (group.first - above.count * gap) * group.count) / count;
        group = { first, count };
      }
      groups.push(group);
    }
    const [lowest, highest] = [height - bottom + 8, 8];
    const places = groups.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i * gap));
    const moved = [];
    places.forEach((y, at) => {
      const inside = Math.min(y, lowest - (places.length - 1 - at) * gap);
      moved[order[at]] = Math.max(inside, highest + at * gap);
    });
    return moved;
  }

  function ofValues(values, inner) {
    if (share) {
      const ticks = [0, 0.25, 0.5, 0.75, 1];
      return { ticks, y: (value) => top + (1 - value) * inner, label: (tick) => `${100 * tick}%` };
    }
    const logs = values.filter((value) => value > 0).map(Math.log2);
    const low = Math.floor(logs.reduce((least, each) => Math.min(least, each), 0));
    const high = Math.ceil(logs.reduce((most, each) => Math.max(most, each), low + 1));
    const ticks = Array.from({ length: high - low + 1 }, (_, i) => 2 ** (low + i));
    const y = (value) => top + ((high - Math.log2(Math.max(value, 2 ** low))) / (high - low)) * inner;
    return { ticks, y, label: (tick) => String(tick) };
  }

  function ofSteps(steps, wide) {
    if (tenfold) {
      const tens = Array.from({ length: Math.floor(Math.log10(Math.max(1, steps))) + 1 }, (_, i) => 10 ** i);
      return { ticks: [0, ...tens], x: (step) => left + (Math.log1p(step) / Math.log1p(steps)) * wide };
    }
    const size = 10 ** Math.floor(Math.log10(Math.max(1, steps)));
    const every = [0.2, 0.5, 1, 2].map((times) => Math.max(1, times * size)).find((each) => steps / each <= 5);
    const ticks = Array.from({ length: Math.floor(steps / every) + 1 }, (_, i) => i * every);
    return { ticks, x: (step) => left + (step / steps) * wide };
  }

  // The last point at or before a step, if there is one.
  const at = (points, step) => points.findLast(([when]) => when <= step);

  function draw(given) {
    const lines = given.lines.filter((line) => line.points.length);
    shown = given;
    const { limits, cursor = null } = given;
    const steps = Math.max(1, given.steps ?? 0, ...lines.map((line) => line.points.at(-1)[0]));
    const ends = [
      ...lines.map(({ points, ...line }) => ({ ...line, point: cursor === null ? points.at(-1) : at(points, cursor) })),
      ...limits.map((limit) => ({ ...limit, point: [steps, limit.value], dashed: true })),
    ].filter(({ point }) => point).map((end) => ({ ...end, words: `${end.name} ${written(end.point[1])}` }));

    const width = Math.max(300, element.clientWidth || 520);
    const longest = Math.max(0, ...ends.map((end) => end.words.length));
    const right = Math.min(longest * letter + 22, width * 0.55);
    const [wide, inner] = [width - left - right, height - top - bottom];
    const values = [...limits.map((limit) => limit.value), ...lines.flatMap((line) => line.points.map(([, value]) => value))];
    const { ticks, y, label } = ofValues(values.length ? values : [1], inner);
    const { ticks: stepTicks, x } = ofSteps(steps, wide);
    const parts = [];

    for (const tick of ticks) {
      parts.push(svgPart("line", { class: "grid", x1: left, x2: left + wide, y1: y(tick), y2: y(tick) }));
      parts.push(svgPart("text", { class: "tick", x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, label(tick)));
    }
    for (const tick of stepTicks) {
      const words = tick.toLocaleString("en");
      parts.push(svgPart("text", { class: "tick", x: x(tick), y: height - 22, "text-anchor": "middle" }, words));
    }
    const axis = `${over.title}${tenfold ? ", tenfold from mark to mark" : ""}`;
    const axisEnd = Math.max(left + wide, Math.min(width - 2, axis.length * letter)); // a narrow curve would cut its beginning
    parts.push(svgPart("text", { class: "tick", x: axisEnd, y: height - 5, "text-anchor": "end" }, axis));
    parts.push(svgPart("text", { class: "tick", x: 2, y: 12 }, what));

    for (const { value, colour } of limits) {
      const across = { x1: left, x2: left + wide, y1: y(value), y2: y(value) };
      parts.push(svgPart("line", { class: "limit", ...across, style: `stroke:var(--${colour})` }));
    }
    const path = (points) => points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    for (const { points, colour, faint } of lines) {
      const line = { style: `stroke:var(--${colour})` };
      const before = cursor === null ? points : points.filter(([step]) => step <= cursor);
      if (cursor !== null) parts.push(svgPart("polyline", { ...line, class: "line ahead", points: path(points) }));
      parts.push(svgPart("polyline", { ...line, class: faint ? "line faint" : "line", points: path(before) }));
    }
    if (cursor !== null) {
      parts.push(svgPart("line", { class: "cursor", x1: x(cursor), x2: x(cursor), y1: top, y2: top + inner }));
    }
    const heights = spread(ends.map((end) => y(end.point[1])));
    ends.forEach(({ point, words, colour, dashed, faint }, i) => {
      const [endX, endY, labelX] = [x(point[0]), y(point[1]), left + wide + 14];
      const style = `--colour:var(--${colour})`;
      if (!dashed) parts.push(svgPart("circle", { class: "end", style, cx: endX, cy: endY, r: faint ? 2.5 : 4 }));
      const from = left + wide + 1;
      parts.push(svgPart("line", { class: "lead", style, x1: from, y1: endY, x2: labelX - 3, y2: heights[i] }));
      parts.push(svgPart("text", { class: "name", style, x: labelX, y: heights[i] + 4 }, words));
    });

    const when = cursor ?? Math.max(0, ...lines.map((line) => line.points.at(-1)[0]));
    svg.setAttribute("width", width);
    svg.setAttribute("aria-label", `${what} at ${over.short} ${when}: ${ends.map((end) => end.words).join("; ")}`);
    svg.replaceChildren(...parts);
    if (folded.open) fillTable();
  }

  function fillTable() {
    const lines = shown.lines.filter((line) => line.points.length);
    const all = [...new Set(lines.flatMap((line) => line.points.map(([step]) => step)))].sort((a, b) => a - b);
    const every = Math.ceil(all.length / 8);
    const some = all.filter((_, i) => (all.length - 1 - i) % every === 0);
    const cell = (name, text) => Object.assign(document.createElement(name), { textContent: text });
    const row = (cells) => {
      const made = document.createElement("tr");
      made.append(...cells);
      return made;
    };
    const columns = [...lines, ...shown.limits];
    const value = ({ points, value }, step) => {
      const point = points ? at(points, step) : [step, value];
      return point ? written(point[1]) : "–";
    };
    table.replaceChildren(
      row([over.short, ...columns.map(({ name }) => name)].map((name) => cell("th", name))),
      ...some.map((step) => row([cell("td", step.toLocaleString("en")), ...columns.map((of) => cell("td", value(of, step)))])),
    );
    for (const head of table.querySelectorAll("th")) head.scope = "col";
  }

  folded.addEventListener("toggle", () => shown && folded.open && fillTable());
  let drawnAt = 0;
  new ResizeObserver(() => {
    if (!shown || element.clientWidth === drawnAt) return;
    drawnAt = element.clientWidth;
    draw(shown);
  }).observe(element);
  return { element, draw };
}

// How far a loss is from each thing that is known: "0.12 nats above both sides · 4.10 nats below unigram guess".
function distances(value, limits) {
  return limits
    .filter((limit) => limit.value !== null)
    .map(({ name, value: known }) => {
      const where = value < known ? "below" : "above";
      return `${Math.abs(value - known).toFixed(2)} nats ${where} ${name.replace(/, limit$/, "")}`;
    })
    .join(" · ");
}

// A few numbers, each with what it counts below it: numberRow().draw([["step", "1,200"], ...])
function numberRow() {
  const element = document.createElement("div");
  element.className = "numbers";
  const draw = (all) =>
    element.replaceChildren(
      ...all.map(([title, words]) => {
        const pair = document.createElement("div");
        const [what, number] = [document.createElement("span"), document.createElement("b")];
        [what.textContent, number.textContent] = [title, words];
        pair.append(number, " ", what);
        return pair;
      }),
    );
  return { element, draw };
}

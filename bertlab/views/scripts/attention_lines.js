// Who looks where in one head: tokens on the left look, tokens on the right are looked at, a line for each share.
// Rest on a token, or go there with the arrow keys, and its lines stand alone, with their numbers and in words.
//
//   const lines = attentionLines({ label: "Attention of BERT" });
//   lines.draw({ tokens, share: (query, key) => 0.25, chosen: null, hidden: [4] });
//
// `from` is another token whose lines stand for the chosen one's, where a guess is told elsewhere.
// `onChoose(query or null)` is told of every change; without it the picture follows by itself.
const LEAST_SHARE = 0.01; // what is less would be a grey veil over the rest

function attentionLines({ label, onChoose }) {
  const [row, pad, room] = [24, 14, 44]; // pixels; `room` for the numbers on the right
  const element = document.createElement("div");
  element.className = "lines";
  ownKeys(element);
  const svg = svgPart("svg", { role: "application", tabindex: 0 }); // it has arrow keys of its own
  const said = document.createElement("p");
  said.className = "said faint";
  element.append(svg, said);
  let shown = { tokens: [], share: () => 0, chosen: null, hidden: [] };
  let lookersEnd = 0;

  const pen = document.createElement("canvas").getContext("2d");
  const wide = (token) => pen.measureText(token).width + pad;
  const choose = (query) => {
    if (query === shown.chosen) return;
    if (onChoose) onChoose(query);
    else draw({ ...shown, chosen: query });
  };

  function inWords(tokens, share, query) {
    const order = tokens.map((_, key) => key).sort((one, other) => share(query, other) - share(query, one));
    const best = order.filter((key) => share(query, key) >= 0.005).slice(0, 4);
    return `${tokens[query]} looks at ${best.map((key) => `${tokens[key]} (${share(query, key).toFixed(2)})`).join(", ")}`;
  }

  function draw(given) {
    shown = { hidden: [], chosen: null, ...given };
    const { tokens, share, hidden } = shown;
    const chosen = shown.from ?? shown.chosen;
    pen.font = `700 15px ${getComputedStyle(element).fontFamily || "sans-serif"}`;
    const column = Math.max(40, ...tokens.map(wide));
    const gap = Math.max(70, Math.min(320, (element.clientWidth || 480) - 2 * column - room));
    const [left, right] = [column, column + gap];
    lookersEnd = left;
    const width = right + column + room;
    const height = tokens.length * row + 4;
    const middle = (place) => place * row + row / 2 + 2;
    const parts = [];
    tokens.forEach((token, query) => {
      if (chosen !== null && chosen !== query) return;
      tokens.forEach((_, key) => {
        const part = share(query, key);
        if (part < LEAST_SHARE) return;
        parts.push(
          svgPart("line", {
            x1: left, y1: middle(query), x2: right, y2: middle(key), "data-query": query, "data-key": key,
            "stroke-width": (1 + 4 * part).toFixed(2),
            opacity: (chosen === null ? part ** 0.8 : Math.max(0.35, part ** 0.5)).toFixed(3),
          }),
        );
      });
    });
    tokens.forEach((token, place) => {
      const y = middle(place);
      if (hidden.includes(place)) {
        const x = left - wide(token) + 1;
        parts.push(svgPart("rect", { class: "hidden", x, y: y - 11, width: wide(token), height: 22, rx: 4 }));
      }
      const looker = { class: chosen === place ? "looker chosen" : "looker", x: left - 6, "text-anchor": "end" };
      parts.push(svgPart("text", { ...looker, y: y + 5 }, token));
      const part = chosen === null ? 0 : share(chosen, place);
      if (chosen !== null) {
        parts.push(svgPart("rect", { class: "bar", x: right, y: y - 10, width: part * (column + room), height: 20 }));
        const number = { class: "share", x: right + wide(token), y: y + 4 };
        if (part >= LEAST_SHARE) parts.push(svgPart("text", number, part.toFixed(2)));
      }
      parts.push(svgPart("text", { class: "seen", x: right + 6, y: y + 5 }, token));
    });
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("aria-label", `${label}: ${tokens.length} tokens; arrow keys choose one and read its row`);
    svg.replaceChildren(...parts);
    const words = chosen === null ? "Rest on a word on the left: its lines alone." : inWords(tokens, share, chosen);
    if (said.textContent !== words) said.textContent = words;
  }

  const follow = (event) => {
    const { left: x, top: y } = svg.getBoundingClientRect();
    const place = Math.floor((event.clientY - y - 2) / row);
    choose(event.clientX - x < lookersEnd && place in shown.tokens ? place : null);
  };
  svg.addEventListener("pointerenter", follow);
  svg.addEventListener("pointermove", follow);
  svg.addEventListener("pointerleave", () => choose(null));
  svg.addEventListener("keydown", (event) => {
    const last = shown.tokens.length - 1;
    const here = shown.chosen ?? -1;
    const there = { ArrowDown: Math.min(last, here + 1), ArrowUp: Math.max(0, here - 1), Home: 0, End: last, Escape: null };
    if (!(event.key in there)) return;
    event.preventDefault();
    choose(there[event.key]);
  });
  // Read aloud only to who goes from token to token by keys, not with every picture that changes.
  svg.addEventListener("focus", () => said.setAttribute("aria-live", "polite"));
  svg.addEventListener("blur", () => {
    said.removeAttribute("aria-live");
    choose(null);
  });
  return { element, draw };
}

// One model of the lab: its heads, its lines, its guesses. What it draws it asks for, since all of it changes:
// `found()`, what was answered for this model last; `chips()`, the pieces in the row; `chosen()`, the place of one or null.
function labPanel({ found, chips, chosen, choose }) {
  const element = document.createElement("article");
  element.className = "panel";
  const title = document.createElement("h3");
  const note = document.createElement("p");
  note.className = "note";
  const guesses = document.createElement("div");
  guesses.className = "said-of-holes";
  guesses.setAttribute("aria-live", "polite");
  const loss = document.createElement("p");
  loss.className = "loss";
  const tables = []; // one for each hole, used again
  const stretches = () => chips().map((chip) => chip.hole);
  let picked = { layer: null, head: null };
  let shares = null;
  let packed = null;

  const grid = headGrid((layer, head) => {
    picked = { layer, head };
    drawAttention();
  });
  const headName = document.createElement("p");
  headName.className = "faint";
  const says = document.createElement("div");
  says.append(guesses, loss, grid.element, headName);
  const lines = attentionLines({
    label: "Where each token looks",
    onChoose: (place) => choose(sameStretch(found().holes, stretches(), place)),
  });
  const both = document.createElement("div");
  both.className = "both";
  both.append(says, lines.element);
  element.append(title, note, both);

  function drawLines() {
    const { tokens, holes, answers } = found();
    const here = sameStretch(stretches(), holes, chosen());
    headName.textContent = `Seen: ${grid.nameOf(picked.layer, picked.head)}`;
    const share = shares.head(picked.layer, picked.head);
    lines.draw({ tokens, share, chosen: here, hidden: answers.map((answer) => answer.place) });
  }

  function draw() {
    const panel = found();
    element.dataset.causal = panel.causal;
    element.style.setProperty("--columns", panel.attention.heads + 1);
    title.textContent = panel.name;
    note.textContent = panel.note;
    note.classList.toggle("warning", !panel.as_trained);
    if (panel.attention.packed !== packed) shares = unpackShares(panel.attention);
    packed = panel.attention.packed;
    if (picked.layer >= shares.layers || picked.head >= shares.heads) picked = { layer: null, head: null };
    while (tables.length < panel.answers.length) tables.push(guessTable());
    guesses.replaceChildren(...tables.slice(0, panel.answers.length).map((table) => table.element));
    panel.answers.forEach((answer, number) => tables[number].draw(answer));
    loss.textContent = panel.loss;
    drawAttention();
  }

  function drawAttention() {
    grid.draw(shares, picked);
    drawLines();
  }

  // What is drawn in pixels has to be drawn anew: when there is another width, and first of all one, and in another theme.
  let width = null;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width !== width) drawAttention();
    width = contentRect.width;
  }).observe(element);
  const theme = new MutationObserver(() => (element.isConnected ? drawAttention() : theme.disconnect()));
  theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });

  return { element, draw, drawLines };
}

// Where the piece at `place` of one model stands in another one's row, found by the text that it stands for.
function sameStretch(from, to, place) {
  if (place === null) return null;
  const stretch = from[place] ?? null;
  if (stretch === null) {
    const which = from.slice(0, place).filter((each) => each === null).length;
    const special = to.flatMap((each, at) => (each === null ? [at] : []));
    return special[which] ?? null;
  }
  const [sentence, start] = stretch;
  const at = to.findIndex((each) => each && each[0] === sentence && each[1] <= start && start < Math.max(each[2], each[1] + 1));
  return at < 0 ? null : at;
}

// One model of the lab: its heads, its lines, its guesses. What it draws it asks for, since all of it changes:
// `found()`, what was answered for this model last, and `chosen()`, the place of one of its tokens or null.
function labPanel({ found, chosen, choose }) {
  const element = document.createElement("article");
  element.className = "panel";
  const title = document.createElement("h3");
  const note = document.createElement("p");
  note.className = "note";
  const guesses = document.createElement("div");
  guesses.className = "said-of-holes";
  const loss = document.createElement("p");
  loss.className = "loss";
  loss.setAttribute("role", "status");
  const tables = []; // one for each hole, used again
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
  const lines = attentionLines({ label: "Where each token looks", onChoose: choose });
  const both = document.createElement("div");
  both.className = "both";
  both.append(says, lines.element);
  element.append(title, note, both);

  function drawLines() {
    const { tokens, answers } = found();
    const asked = answers.find((answer) => answer.place === chosen());
    headName.textContent = `Seen: ${grid.nameOf(picked.layer, picked.head)}`;
    lines.draw({
      tokens,
      share: shares.head(picked.layer, picked.head),
      chosen: chosen(),
      from: asked?.told_at, // a hidden word's lines are those behind its guess
      hidden: answers.map((answer) => answer.place),
    });
  }

  function draw() {
    const panel = found();
    element.dataset.causal = panel.causal;
    element.dataset.trained = panel.trained;
    element.style.setProperty("--columns", panel.attention.heads + 1);
    title.textContent = panel.name;
    note.textContent = panel.note;
    note.classList.toggle("warning", !panel.as_trained);
    if (panel.attention.packed !== packed) shares = unpackShares(panel.attention);
    packed = panel.attention.packed;
    if (picked.layer >= shares.layers || picked.head >= shares.heads) picked = { layer: null, head: null };
    while (tables.length < panel.answers.length) tables.push(guessTable());
    while (guesses.children.length > panel.answers.length) guesses.lastChild.remove();
    guesses.append(...tables.slice(guesses.children.length, panel.answers.length).map((table) => table.element));
    panel.answers.forEach((answer, number) => tables[number].draw(answer));
    if (loss.textContent !== panel.loss) loss.textContent = panel.loss;
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

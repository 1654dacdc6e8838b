// One model of the lab: its heads, its lines, its guesses. `found()` is what was answered for it last.
function labPanel(found, chips, choose) {
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
  let picked = { layer: null, head: null };
  let chosenPlace = () => null;
  let shares = null;
  let packed = null;

  const grid = headGrid((layer, head) => {
    picked = { layer, head };
    grid.draw(shares, picked);
    drawLines();
  });
  const headName = document.createElement("p");
  headName.className = "faint";
  const says = document.createElement("div");
  says.append(guesses, loss, grid.element, headName);
  const lines = attentionLines({
    label: "Where each token looks",
    onChoose: (place) => choose(place === null ? null : sameStretch(found().holes, chips().map((chip) => chip.hole), place)),
  });
  const both = document.createElement("div");
  both.className = "both";
  both.append(says, lines.element);
  element.append(title, note, both);

  function drawLines() {
    const { tokens, holes, answers } = found();
    const at = chosenPlace();
    const chosen = at === null ? null : sameStretch(chips().map((chip) => chip.hole), holes, at);
    headName.textContent = `Seen: ${grid.nameOf(picked.layer, picked.head)}`;
    const share = shares.head(picked.layer, picked.head);
    lines.draw({ tokens, share, chosen, hidden: answers.map((answer) => answer.place) });
  }

  function draw() {
    const panel = found();
    element.dataset.causal = panel.causal;
    title.textContent = panel.name;
    note.textContent = panel.note;
    note.classList.toggle("warning", !panel.as_trained);
    if (panel.attention.packed !== packed) shares = unpackShares(panel.attention);
    packed = panel.attention.packed;
    if (picked.layer >= shares.layers || picked.head >= shares.heads) picked = { layer: null, head: null };
    while (guesses.children.length > panel.answers.length) guesses.lastChild.remove();
    panel.answers.forEach((answer, number) => {
      const table = guesses.children[number]?.table ?? guessTable();
      table.element.table = table;
      if (!guesses.children[number]) guesses.append(table.element);
      table.draw({ title: answer.title, guesses: answer.guesses, right: answer.right });
    });
    loss.textContent = panel.loss;
    grid.draw(shares, picked);
    drawLines();
  }

  return { element, draw, drawLines, follow: (chosen) => (chosenPlace = chosen) };
}

// Where the piece at `place` of one model stands in another one's row, found by the text that it stands for.
function sameStretch(from, to, place) {
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

// The merge machine: at each press the best pair of neighbouring pieces becomes one piece, everywhere in the corpus.
//
// Each state was computed beforehand, under both scores; here one only moves between them.
function mergeMachine(element, { alphabet, score: begin, runs, distinct, running }) {
  const NAMES = { frequency: "frequency: count(ab)", likelihood: "likelihood: count(ab) / (count(a) count(b))" };
  let [score, place] = [begin, 0];

  element.className = "bertlab machine";
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Merge machine");

  const status = make("p", "status");
  status.setAttribute("role", "status");
  const [pairs, words, vocabulary] = [make("div", "pairs"), make("div", "words"), make("div", "vocabulary")];
  const move = (to) => {
    place = Math.max(0, Math.min(last(), to));
    draw();
  };
  const last = () => runs[score].merges.length;
  const best = actionButton("Merge the best pair", () => move(place + 1));
  const ten = actionButton("Ten at once", () => move(place + 10));
  const back = actionButton("Back", () => move(place - 1));
  const first = actionButton("From the start", () => move(0));
  const scores = choice({
    title: "Best by",
    name: `score-${Math.random()}`,
    options: Object.entries(NAMES),
    value: score,
    onPick(key) {
      score = key;
      move(0);
    },
  });
  const buttons = make("div", "buttons");
  buttons.append(best.button, ten.button, back.button, first.button);
  const columns = make("div", "columns");
  columns.append(pairs, words);
  element.replaceChildren(scores, buttons, status, columns, vocabulary);

  const times = (count) => (count === 1 ? "once" : `${count.toLocaleString("en")} times`);

  function draw() {
    const { merges, states } = runs[score];
    const state = states[place];
    const made = place ? merges[place - 1] : null;
    const known = [...new Set([...alphabet, ...merges.slice(0, place).map((merge) => merge[2])])];
    best.allow(place < last());
    ten.allow(place < last());
    back.allow(place > 0);
    first.allow(place > 0);

    const perWord = (state.total / running).toFixed(2);
    const did = made ? `Merge ${place}: ${made[0]} + ${made[1]} → ${made[2]}, met ${times(made[3])}.` : "No merge yet.";
    const end = place < last() ? "" : state.pairs.length ? " Nothing more is prepared." : " No pair is left.";
    status.textContent = `${did} ${state.total.toLocaleString("en")} pieces write the corpus, ${perWord} a word; the vocabulary has ${known.length} pieces and the five signs.${end}`;

    const [byCount, byChance] = ["frequency", "likelihood"].map((name) => (name === score ? " ▼" : ""));
    const rows = state.pairs.map(([left, right, both, a, b, likelihood], at) => ({
      className: at ? "" : "next",
      cells: [pieceBoxes([left, right]), String(both), String(a), String(b), likelihood.toPrecision(2)],
    }));
    const heads = ["pair ab", `count(ab)${byCount}`, "count(a)", "count(b)", `likelihood${byChance}`];
    const ranking = tableOf(rows.length ? "The best pairs; the first is merged next" : "No pair is left", heads, rows);
    ranking.querySelectorAll('th[scope="col"]')[score === "frequency" ? 1 : 4].ariaSort = "descending";
    pairs.replaceChildren(ranking);

    const marked = made ? [made[2]] : [];
    const shown = state.words.map(([pieces, count]) => ({ cells: [pieceBoxes(pieces, { marked }), `× ${count}`] }));
    const which = state.words.length < distinct ? `its ${state.words.length} commonest words` : "all its words";
    words.replaceChildren(tableOf(`The corpus now: ${which}`, ["in pieces", "how often"], shown));

    const list = make("p", "list");
    list.append(...pieceBoxes(known, { marked }).flatMap((box) => [box, " "]));
    vocabulary.replaceChildren(make("h3", "", `The vocabulary: ${known.length} pieces, and five signs such as [UNK]`), list);
  }
  draw();
}

// Longest match before one's eyes: the whole rest of the word is looked up first, then one letter less, until a piece
// is found; then the same from there on.
//
//   const element = longestMatchSteps({ question, answer, vocabularies, texts }, ask);
//
// A question is { text, vocabulary }, an answer what LongestMatchSteps.answer makes of it in Python; `ask(question)`
// promises one. With `texts` only those can be chosen; without them one can type.
function longestMatchSteps({ question, answer, vocabularies, texts = null }, ask) {
  const element = make("section", "bertlab matching");
  element.setAttribute("aria-label", "Longest match, step by step");
  ownKeys(element);
  let place = 0; // so many candidates have been looked up, of all words together
  let number = 0;

  const field = (label, control) => {
    const made = make("label");
    made.append(`${label} `, control);
    return made;
  };
  const menu = (options, value, onPick) => {
    const made = make("select");
    made.append(...options.map((each) => new Option(each, each, each === value, each === value)));
    made.addEventListener("change", () => onPick(made.value));
    return made;
  };
  const line = Object.assign(make("input"), { type: "text", value: question.text, maxLength: 200, spellcheck: false, autocomplete: "off" });
  line.addEventListener("input", () => change({ text: line.value }));
  const form = make("div", "asked");
  form.append(
    field("Word", texts ? menu(texts, question.text, (text) => change({ text })) : line),
    field("Vocabulary", menu(vocabularies, question.vocabulary, (vocabulary) => change({ vocabulary }))),
  );

  const steps = () => answer.words.flatMap(({ tries }, word) => tries.map((each) => ({ word, each })));
  const move = (to) => {
    place = Math.max(0, Math.min(steps().length, to));
    draw();
  };
  // After the next candidate that is found, or with which a word is given up.
  const nextPiece = () => {
    const all = steps();
    let at = place;
    while (at < all.length - 1 && !all[at].each[3] && all[at + 1].word === all[at].word) at++;
    return at + 1;
  };
  const next = actionButton("Look up the next", () => move(place + 1));
  const piece = actionButton("To the next piece", () => move(nextPiece()));
  const end = actionButton("To the end", () => move(Infinity));
  const back = actionButton("Back", () => move(place - 1));
  const first = actionButton("From the start", () => move(0));
  const buttons = make("div", "buttons");
  buttons.append(...[next, piece, end, back, first].map(({ button }) => button));
  const status = make("p", "status");
  status.setAttribute("role", "status");
  const problem = make("p", "problem");
  problem.setAttribute("role", "status");
  const [words, looked] = [make("div", "cut"), make("ol", "looked")];
  element.append(form, problem, buttons, status, words, looked);

  async function change(parts) {
    question = { ...question, ...parts };
    const asked = ++number;
    const found = await ask(question);
    if (asked !== number) return; // something newer was typed
    problem.textContent = found.error ?? "";
    if (found.error) return;
    [answer, place] = [found, 0];
    draw();
  }

  function draw() {
    const all = steps();
    const now = place ? all[place - 1] : null;
    for (const each of [next, piece, end]) each.allow(place < all.length);
    for (const each of [back, first]) each.allow(place > 0);
    status.textContent = now ? told(all, now) : `Look up the whole word first. ${answer.size.toLocaleString("en")} pieces are in the vocabulary.`;

    words.replaceChildren(...answer.words.map((each, at) => wordSoFar(each, at, all)));
    const here = now ? all.slice(0, place).filter(({ word, each }) => word === now.word && each[0] === now.each[0]) : [];
    looked.replaceChildren(
      ...here.map(({ each: [, , candidate, found] }) => {
        const row = make("li", found ? "found" : "");
        row.append(...pieceBoxes([candidate]), found ? " is there" : " is not there");
        return row;
      }),
    );
  }

  // Whether this was the last look at its word.
  const ends = (all, at) => at === all.length - 1 || all[at + 1].word !== all[at].word;

  function told(all, { word, each: [start, stop, candidate, found] }) {
    const { word: letters, pieces, replayed } = answer.words[word];
    const over = ends(all, place - 1);
    if (!found && over) return `${candidate} is not there, and nothing shorter is left: the whole word becomes [UNK].`;
    if (!found) return `${candidate} is not there: one letter less.`;
    if (!over) return `${candidate} is there: keep it, and continue after it, with ## for “goes on”.`;
    const count = pieces.length === 1 ? "one piece" : `${pieces.length} pieces`;
    const same = replayed && replayed.join(" ") === pieces.join(" ");
    const replay = !replayed ? "" : same ? " Replaying the merges gives the same." : ` Replaying the merges would give ${replayed.join(" ")}.`;
    return `${candidate} is there, and ${letters} is cut: ${count}, ${pieces.join(" ")}.${replay}`;
  }

  // What is kept of a word until now, what is being looked up, and what is left, as letters.
  function wordSoFar({ word, tries, pieces }, at, all) {
    const row = make("p");
    const done = all.slice(0, place).filter((step) => step.word === at);
    const last = done.at(-1)?.each;
    if (done.length === tries.length && !last[3]) {
      row.append(...pieceBoxes(pieces));
      return row;
    }
    const kept = done.filter(({ each }) => each[3]).map(({ each }) => each);
    row.append(...pieceBoxes(kept.map((each) => each[2])));
    const letters = [...word];
    const looking = last && !last[3] ? last : null;
    const from = kept.at(-1)?.[1] ?? 0;
    if (looking) row.append(make("mark", "", letters.slice(looking[0], looking[1]).join("")));
    row.append(make("span", "rest", letters.slice(looking ? looking[1] : from).join("")));
    return row;
  }

  draw();
  return element;
}

// In a page without a kernel: the texts that were given can be stepped through.
function recordedMatches({ recorded, question, vocabularies }) {
  const key = ({ text, vocabulary }) => JSON.stringify([text, vocabulary]);
  const answers = new Map(recorded.map((each) => [key(each.question), each.answer]));
  const texts = [...new Set(recorded.map((each) => each.question.text))];
  const start = { question, answer: answers.get(key(question)), vocabularies, texts };
  document.body.append(longestMatchSteps(start, async (asked) => answers.get(key(asked))));
}

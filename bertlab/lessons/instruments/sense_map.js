// A sentence with a word of two senses, as a point among sentences whose sense is known.
//
//   element.append(senseMap({ question: [reader, word, text], answer, words, first }, ask));
//
// `words` has the words that each reader is asked about, `first` a known sentence with each of them. `answer` is what
// SenseMap.answer makes of a question in Python; `ask(question)` promises one. Without `ask` nothing can be typed or
// chosen.
function senseMap({ question, answer, words, first }, ask) {
  const element = make("section", "bertlab sense-map");
  element.setAttribute("aria-label", "Map of senses");
  ownKeys(element);
  let due = question; // what is to be asked next, once nobody types
  let pause = 0;

  const select = (label, which) => {
    const made = make("label", "pick", "");
    const list = make("select");
    list.disabled = !ask;
    list.setAttribute("aria-label", label);
    list.addEventListener("change", () => change(which, list.value));
    made.append(make("span", "faint", label), list);
    return [made, list];
  };
  const fill = (list, names, chosen) => {
    if ([...list.options].map((each) => each.value).join("\n") !== names.join("\n")) {
      list.replaceChildren(...names.map((name) => Object.assign(make("option", "", name), { value: name })));
    }
    list.value = chosen;
  };
  // A screen reader says what changes here, so nothing is set that already stands there.
  const say = (part, text) => {
    if (part.textContent !== text) part.textContent = text;
  };
  const [readers, readerList] = select("Reader", 0);
  const [wordsOf, wordList] = select("Word", 1);
  const pickers = make("div", "pickers");
  pickers.append(readers, wordsOf);
  const typed = make("input");
  Object.assign(typed, { type: "text", value: question[2], spellcheck: false, autocomplete: "off", maxLength: 200 });
  typed.readOnly = !ask;
  typed.addEventListener("input", () => change(2, typed.value, 400));
  const field = make("label", "own");
  field.append(make("span", "faint", "Your sentence"), typed);
  const status = make("p", "problem");
  status.setAttribute("role", "status");
  const picture = scatter({ label: "Vectors of the word in known sentences and in yours", width: 560, height: 300 });
  // Said together: a cosine without what the map is worth would be believed.
  const told = make("div", "told");
  told.setAttribute("aria-live", "polite");
  told.setAttribute("aria-atomic", "true");
  const [said, worth, unknown] = [make("p", "said"), make("p", "faint worth"), make("p", "unknown")];
  told.append(said, worth, unknown);
  const reading = make("p", "faint reading");
  const all = make("details");
  element.append(pickers, field, reading, status, picture.element, told, all);
  if (!ask) element.append(make("p", "faint", "Typing needs JupyterLab."));

  // A reader may know other words; and another word begins with a known sentence, where yours has it not.
  function change(which, value, patience = 0) {
    question = question.with(which, value);
    const there = words[question[0]];
    if (!there.includes(question[1])) question = question.with(1, there[0]);
    if (which !== 2 && !question[2].toLowerCase().split(/[^\p{L}\p{N}]+/u).includes(question[1])) {
      question = question.with(2, first[question[0]][question[1]]);
      typed.value = question[2];
    }
    choose();
    wait(true);
    clearTimeout(pause);
    pause = setTimeout(() => {
      due = question;
      settle();
    }, patience);
  }

  // Until the answer comes, the picture belongs to another question.
  function wait(longer) {
    element.classList.toggle("past", longer || Boolean(status.textContent));
    told.setAttribute("aria-busy", String(longer));
    reading.textContent = longer ? "Reading …" : "";
  }

  const take = (found) => {
    answer = found ?? answer;
    if (due !== question) return; // something newer is being typed
    wait(false);
    draw();
  };
  const settle = newest({ asked: question, wanted: () => due, ask, status, take });

  function choose() {
    fill(readerList, Object.keys(words), question[0]);
    fill(wordList, words[question[0]], question[1]);
  }

  function draw() {
    picture.draw({ ...answer, words: answer.said });
    // The shapes of the lesson's still figure: a disc, a square; and yours, which is in no figure, a large diamond.
    const shapes = ["M-5.5,0A5.5,5.5 0 1 1 5.5,0A5.5,5.5 0 1 1 -5.5,0Z", "M-5,-5H5V5H-5Z", "M0,-9L9,0L0,9L-9,0Z"];
    shapes.forEach((shape, group) => {
      for (const mark of picture.element.querySelectorAll(`.group-${group}`)) mark.setAttribute("d", shape);
    });
    say(said, answer.said);
    say(worth, answer.worth);
    const missing = `This reader has no piece of its own for: ${answer.unknown.join(", ")}. It reads parts of it, or “unknown”.`;
    say(unknown, answer.unknown.length ? missing : "");
    const head = make("tr");
    for (const column of ["group", "cosine with yours", "sentence"]) {
      head.append(Object.assign(make("th", "", column), { scope: "col" }));
    }
    const rows = answer.points.slice(0, -1).map(({ group, words: text }, at) => {
      const row = make("tr");
      row.append(make("td", "", answer.groups[group]), make("td", "", answer.cosines[at].toFixed(2)), make("td", "", text));
      return row;
    });
    const table = make("table");
    table.append(head, ...rows);
    all.replaceChildren(make("summary", "", `The ${rows.length} known sentences`), table);
  }

  choose();
  draw();
  return element;
}

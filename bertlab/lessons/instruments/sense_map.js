// A sentence with a word of two senses, as a point among sentences whose sense is known.
//
//   element.append(senseMap({ question: [reader, word, text], answer, words }, ask));
//
// `answer` is what SenseMap.answer makes of a question in Python; `ask(question)` promises one. Without `ask` nothing
// can be typed or chosen.
function senseMap({ question, answer, words }, ask) {
  const element = make("section", "bertlab sense-map");
  element.setAttribute("aria-label", "Map of senses");
  ownKeys(element);
  let asked = question;
  let asking = false;

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
    list.replaceChildren(...names.map((name) => Object.assign(make("option", "", name), { value: name })));
    list.value = chosen;
  };
  const [readers, readerList] = select("Reader", 0);
  const [wordsOf, wordList] = select("Word", 1);
  const pickers = make("div", "pickers");
  pickers.append(readers, wordsOf);
  const typed = make("input");
  Object.assign(typed, { type: "text", value: question[2], spellcheck: false, autocomplete: "off", maxLength: 200 });
  typed.readOnly = !ask;
  typed.addEventListener("input", () => change(2, typed.value));
  const field = make("label", "own");
  field.append(make("span", "faint", "Your sentence"), typed);
  const status = make("p", "problem");
  status.setAttribute("role", "status");
  const picture = scatter({ label: "Vectors of the word in known sentences and in yours", width: 560, height: 300 });
  const said = make("p", "said");
  said.setAttribute("aria-live", "polite");
  const worth = make("p", "faint");
  const unknown = make("p", "unknown");
  const all = make("details");
  element.append(pickers, field, status, picture.element, said, worth, unknown, all);
  if (!ask) element.append(make("p", "faint", "Typing needs JupyterLab."));

  // Another word, or a reader who knows other words, begins with one of the known sentences.
  function change(which, value) {
    question = question.with(which, value);
    const there = words[question[0]];
    if (!there.includes(question[1])) question = question.with(1, there[0]);
    settle();
  }

  async function settle() {
    if (asking) return;
    asking = true;
    while (asked !== question) {
      const newest = question;
      try {
        const found = await ask(newest);
        status.textContent = found.error ?? "";
        if (!found.error) answer = found; // a sentence that cannot be read leaves the last picture
        element.classList.toggle("past", Boolean(found.error));
      } catch (problem) {
        status.textContent = problem.message;
      }
      asked = newest;
      draw();
    }
    asking = false;
  }

  function draw() {
    fill(readerList, Object.keys(words), question[0]);
    fill(wordList, words[question[0]], question[1]);
    picture.draw({ ...answer, words: answer.said });
    // The shapes of the lesson's still figure: a disc, a square; and yours, which is in no figure, a large diamond.
    const shapes = ["M-5.5,0A5.5,5.5 0 1 1 5.5,0A5.5,5.5 0 1 1 -5.5,0Z", "M-5,-5H5V5H-5Z", "M0,-9L9,0L0,9L-9,0Z"];
    shapes.forEach((shape, group) => {
      for (const mark of picture.element.querySelectorAll(`.group-${group}`)) mark.setAttribute("d", shape);
    });
    if (said.textContent !== answer.said) said.textContent = answer.said;
    worth.textContent = answer.worth;
    unknown.textContent = answer.unknown.length
      ? `This reader has no piece of its own for: ${answer.unknown.join(", ")}. It reads parts of it, or “unknown”.`
      : "";
    const rows = answer.points.slice(0, -1).map(({ group, words: text }) => {
      const row = make("tr");
      row.append(make("td", "", answer.groups[group]), make("td", "", text));
      return row;
    });
    const table = make("table");
    table.append(...rows);
    all.replaceChildren(make("summary", "", `The ${rows.length} known sentences`), table);
  }

  draw();
  return element;
}

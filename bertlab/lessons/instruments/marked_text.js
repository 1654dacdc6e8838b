// A text that is typed, and below it the same text once for each reader, with marks where something was found.
//
//   element.append(markedText({ question: [text] or [text, question], answer }, ask));
//
// `answer` is what MarkedText.answer makes of a question in Python; `ask(question)` promises one. Without `ask` nothing
// can be typed.
function markedText({ question, answer }, ask) {
  const element = make("section", "bertlab marked");
  element.setAttribute("aria-label", `Marked in the text: ${answer.readers.map(({ name }) => name).join(", ")}`);
  ownKeys(element);

  const form = make("div", "asked");
  question.forEach((text, which) => {
    const label = make("label");
    const input = make("textarea");
    Object.assign(input, { value: text, rows: which ? 1 : 2, spellcheck: false, maxLength: 700, readOnly: !ask });
    input.addEventListener("input", () => {
      question = question.with(which, input.value);
      settle();
    });
    label.append(make("span", "faint", which ? "Question" : "Text"), input);
    form.append(label);
  });
  if (!ask) form.append(make("p", "faint", "Typing needs JupyterLab."));
  const status = make("p", "problem");
  status.setAttribute("role", "status");
  const found = make("div");
  found.setAttribute("aria-live", "polite");
  element.append(form, status, found);

  const take = (found) => {
    answer = found ?? answer;
    draw();
  };
  const settle = newest({ asked: question, wanted: () => question, ask, status, take });

  // A kind keeps its colour as long as the view is there; its name stands beside it in any case.
  const kinds = [];
  function colourOf(kind) {
    if (!kinds.includes(kind)) kinds.push(kind);
    return `var(--kind-${kinds.indexOf(kind) % 6})`;
  }

  function draw() {
    found.replaceChildren(
      ...answer.readers.map(({ name, note, parts }) => {
        const line = make("div", "found");
        const head = make("p", "faint", name);
        if (note) head.append(make("span", "note", note));
        if (!parts.some((part) => part.kind)) head.append(make("span", "note", "nothing found"));
        const text = make("p", "text");
        for (const part of parts) {
          if (!part.kind) {
            text.append(part.text);
            continue;
          }
          const mark = make("mark", "", part.text);
          mark.style.setProperty("--colour", colourOf(part.kind));
          mark.append("\u00a0", make("span", "kind", part.kind));
          text.append(mark);
        }
        line.append(head, text);
        return line;
      }),
    );
  }

  draw();
  return element;
}

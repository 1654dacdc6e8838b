// Two texts, and for each reader how sure it is that the second follows the first.
//
//   element.append(nextOrRandom({ question: [textA, textB], answer }, ask));
//
// `answer` is what NextOrRandom.answer makes of a question in Python; `ask(question)` promises one. Without `ask`
// nothing can be typed.
function nextOrRandom({ question, answer }, ask) {
  const element = make("section", "bertlab next-or-random");
  element.setAttribute("aria-label", "Next or random");
  ownKeys(element);

  const inputs = ["Text A", "Text B"].map((label, which) => {
    const input = make("input");
    Object.assign(input, { type: "text", value: question[which], spellcheck: false, autocomplete: "off", maxLength: 400 });
    input.readOnly = !ask;
    input.addEventListener("input", () => renew());
    const made = make("label");
    made.append(make("span", "faint", label), input);
    element.append(made);
    return input;
  });
  const exchange = make("button", "", "Exchange A and B");
  exchange.type = "button";
  exchange.disabled = !ask;
  exchange.addEventListener("click", () => {
    [inputs[0].value, inputs[1].value] = [inputs[1].value, inputs[0].value];
    renew();
  });
  const status = make("p", "problem");
  status.setAttribute("role", "status");
  const told = make("div", "told");
  const aloud = make("p", "aloud"); // what a screen reader says, once nobody types
  aloud.setAttribute("role", "status");
  let pause = 0;
  element.append(exchange, status, told, aloud);
  if (!ask) element.append(make("p", "faint", "Typing needs JupyterLab."));

  function renew() {
    question = inputs.map((input) => input.value);
    settle();
  }

  const take = (found) => {
    answer = found ?? answer;
    draw();
    clearTimeout(pause);
    pause = setTimeout(say, 600);
  };
  const settle = newest({ asked: question, wanted: () => question, ask, status, take });

  function say() {
    aloud.textContent = answer.readers.map((reader) => `${reader.name}: ${Math.round(100 * reader.next)}% sure of next`).join("; ");
  }

  function draw() {
    told.replaceChildren(
      ...answer.readers.map((reader) => {
        const percent = Math.round(100 * reader.next);
        const line = make("div", "reader");
        const words = make("p");
        words.append(make("b", "", reader.name), `: ${percent}% sure that B is next, ${100 - percent}% that it is random`);
        const track = make("div", "track");
        const bar = make("div", "bar");
        bar.style.width = `${100 * reader.next}%`;
        track.append(bar);
        const pieces = make("p", "pieces faint", "It read: ");
        for (const [at, [piece, segment]] of reader.pieces.entries()) {
          if (!at || segment !== reader.pieces[at - 1][1]) pieces.append(segment ? "B: " : "A: ");
          pieces.append(make("span", segment ? "segment-b" : "segment-a", piece), " ");
        }
        line.append(words, track, pieces);
        return line;
      }),
    );
  }

  draw();
  return element;
}

// AttentionLab: a sentence, its words to hide, and for each model what it says of them and where it looks.
//
//   const element = attentionLab({ question, answer, sentences }, ask);
//
// A question is { text_a, text_b, holes, other_mask }, an answer what AttentionLab.answer makes of it in Python.
// `ask(question)` promises an answer: a kernel's, a server's, or a recorded one. With `sentences` only those can be
// chosen, and one word at a time hidden; without them one can type.
const PATIENCE = 2500; // milliseconds without an answer until one is told so, and it is asked again

function attentionLab({ question, answer, sentences = null }, ask) {
  const element = document.createElement("section");
  element.className = "bertlab lab";
  element.setAttribute("aria-label", "Attention lab");
  ownKeys(element);
  let asked = question; // the last one that was answered; `question` is what the controls say now
  let drawn = question; // the one that `answer` belongs to
  let asking = false;
  let chosen = null; // { row, place }: of the chips (row -1) or of a panel

  // ---- What can be asked.

  const field = (label, control) => {
    const made = document.createElement("label");
    const words = document.createElement("span");
    words.textContent = label;
    made.append(words, control);
    return made;
  };
  const line = (name, value) => {
    const made = document.createElement("input");
    Object.assign(made, { type: "text", value: value ?? "", spellcheck: false, autocomplete: "off", maxLength: 2000 });
    made.addEventListener("input", () => change({ [name]: made.value || (name === "text_b" ? null : "") }));
    return made;
  };
  const form = document.createElement("div");
  form.className = "asked";
  if (sentences) {
    const menu = document.createElement("select");
    menu.append(...sentences.map(([a, b], place) => new Option(b ? `${a}  |  ${b}` : a, place)));
    menu.addEventListener("change", () => {
      const [text_a, text_b] = sentences[menu.value];
      change({ text_a, text_b, holes: [] });
    });
    if (sentences.length > 1) form.append(field("Sentence", menu));
  } else {
    form.append(field("Sentence", line("text_a", question.text_a)));
    form.append(field("and a second one, if you like", line("text_b", question.text_b)));
  }

  const mask = document.createElement("button");
  mask.type = "button";
  mask.setAttribute("role", "switch");
  mask.className = "switch";
  mask.addEventListener("click", () => change({ other_mask: !question.other_mask }));

  const chips = chipRow({
    onPress(place) {
      if (question.text_a !== drawn.text_a || question.text_b !== drawn.text_b) return; // these are not its words
      const { stretch, hidden } = answer.chips[place];
      const [which, start, end] = stretch;
      const covers = ([other, from, to]) => other === which && from <= start && end <= to;
      const rest = question.holes.filter((hole) => !covers(hole));
      change({ holes: hidden ? rest : sentences ? [stretch] : [...rest, stretch] });
    },
    onChoose: (place) => choose(-1, place),
  });

  const status = document.createElement("p");
  status.className = "problem";
  status.setAttribute("role", "status");
  const panels = document.createElement("div");
  panels.className = "panels";
  element.append(form, chips.element, mask, status, panels);

  // ---- Asking. While an answer is on its way, only the newest question waits.

  async function change(parts) {
    question = { ...question, ...parts, holes: parts.holes ?? holesAfter(question, parts) };
    if (asking) return;
    asking = true;
    let patience = PATIENCE;
    while (asked !== question) {
      const newest = question;
      try {
        const found = await Promise.race([ask(newest), new Promise((late) => setTimeout(late, patience))]);
        if (!found) {
          status.textContent = "No answer yet. Is Python still running?";
          patience *= 2;
          continue; // and ask again: a notebook that has just been opened may lose a question
        }
        status.textContent = found.error ?? "";
        if (!found.error) [drawn, answer] = [newest, found]; // a text that cannot be read leaves the last picture
      } catch (problem) {
        status.textContent = `No answer: ${problem.message}`;
      }
      asked = newest;
      draw();
    }
    asking = false;
  }

  // ---- Drawing.

  function choose(row, place) {
    if (place === placeIn(row)) return;
    chosen = place === null ? null : { row, place };
    chips.draw(answer.chips, placeIn(-1));
    all.forEach((panel) => panel.drawLines());
  }

  const stretchesOf = (row) => (row < 0 ? answer.chips.map((chip) => chip.stretch) : answer.panels[row].stretches);

  // Where the chosen token stands in another row; models may cut words differently.
  function placeIn(row) {
    if (chosen === null || chosen.row === row) return chosen?.place ?? null;
    return sameStretch(stretchesOf(chosen.row), stretchesOf(row), chosen.place);
  }

  const all = answer.panels.map((_, row) =>
    labPanel({ found: () => answer.panels[row], chosen: () => placeIn(row), choose: (place) => choose(row, place) }),
  );
  panels.append(...all.map((panel) => panel.element));

  function draw() {
    if (chosen && chosen.place >= stretchesOf(chosen.row).length) chosen = null;
    mask.setAttribute("aria-checked", drawn.other_mask);
    mask.textContent = answer.switch;
    chips.draw(answer.chips, placeIn(-1));
    all.forEach((panel) => panel.draw());
  }
  draw();
  return element;
}

// Where the piece at `place` of one row stands in another one, found by the text that it stands for.
function sameStretch(from, to, place) {
  const stretch = from[place];
  if (stretch === null) {
    const which = from.slice(0, place).filter((each) => each === null).length;
    const special = to.flatMap((each, at) => (each === null ? [at] : []));
    return special[which] ?? null;
  }
  const [sentence, start] = stretch;
  const at = to.findIndex((each) => each?.[0] === sentence && each[1] <= start && start < Math.max(each[2], each[1] + 1));
  return at < 0 ? null : at;
}

// What is hidden stays hidden while one types before or behind it; characters count as Python counts them.
function holesAfter(before, { text_a = before.text_a, text_b = before.text_b }) {
  const texts = [[before.text_a, text_a], [before.text_b ?? "", text_b ?? ""]].map((pair) => pair.map((text) => [...text]));
  const moved = texts.map(([old, now]) => {
    let head = 0;
    while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
    let tail = 0;
    const room = Math.min(old.length, now.length) - head;
    while (tail < room && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
    return { head, tail: old.length - tail, shift: now.length - old.length };
  });
  return before.holes.flatMap(([which, start, end]) => {
    const { head, tail, shift } = moved[which];
    if (end <= head) return [[which, start, end]];
    return start >= tail ? [[which, start + shift, end + shift]] : [];
  });
}

// A recorded run to slide through. At each moment: the curve with a cursor, how far the loss is from what can be known,
// one sentence with its guesses and its attention, and one word's vectors in its senses.
function replay(element, run) {
  const { steps, limits, colour, name } = run;
  const nats = limits.map((limit) => ({ ...limit, value: limit.nats }));
  const share = (part) => `${(100 * part).toFixed(1)}%`;
  let place = 0;

  element.classList.add("bertlab", "run");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", `Replay of a training run of ${name}`);
  const bar = timeBar({ what: "Training step", onMove: draw, autoplay: run.autoplay });
  const [losses, numbers, beside] = [curve({ what: "loss (nats)", tenfold: true }), numberRow(), make("p", "beside")];
  const [left, right] = [make("div"), make("div")];
  const columns = make("div", "watched");
  columns.append(left, right);
  element.replaceChildren(bar.element, columns);
  left.append(losses.element, numbers.element, beside);

  function menu(title, names, onPick) {
    const [label, select] = [make("label", "pick"), make("select")];
    select.append(...names.map((text, i) => new Option(text, i)));
    select.addEventListener("change", () => onPick(+select.value));
    label.append(`${title} `, select);
    return label;
  }

  const draws = [drawCurve, drawNumbers];
  if (run.sentences.length) draws.push(sentenceSection());
  if (run.words.length) draws.push(wordSection());
  if (run.pairs.length) draws.push(pairSection());

  function draw(to) {
    place = to;
    for (const each of draws) each();
  }

  function drawCurve() {
    const lines = [{ name, colour, points: run.measured.map(([step, value]) => [step, value]) }];
    if (run.losses.length) lines.unshift({ name: "single batch", colour, faint: true, points: run.losses });
    losses.draw({ lines, limits: nats, steps: steps.at(-1), cursor: steps[place] });
  }

  function drawNumbers() {
    const now = run.measured.find(([step]) => step === steps[place]);
    const all = now ? [["nats", now[1].toFixed(2)]] : [];
    if (now && now[2] !== null) all.push(["words told right", share(now[2])]);
    for (const { grade, shares, limit } of run.next) {
      const best = limit === null ? "" : ` (limit ${share(limit)})`;
      all.push([`next sentence, ${grade}${best}`, share(shares[place])]);
    }
    numbers.draw(all);
    beside.textContent = now ? `${name} is ${distances(now[1], nats)}` : "";
  }

  function sentenceSection() {
    const panel = sentencePanel({ name, colour });
    let chosen = 0;
    const bytes = run.sentences.map((sentence) => bytesOf(sentence.attention));
    const drawSentence = () => {
      const { tokens, truth, guesses, layers, heads } = run.sentences[chosen];
      const size = layers * heads * tokens.length ** 2;
      const seen = { layers, heads, bytes: bytes[chosen].subarray(place * size, (place + 1) * size) };
      panel.draw({ tokens, truth, guesses: guesses[place], seen });
    };
    const pick = menu("Sentence", run.sentences.map((sentence) => sentence.text), (which) => {
      chosen = which;
      drawSentence();
    });
    left.append(pick, panel.words, panel.tables);
    right.append(panel.attention);
    return drawSentence;
  }

  function wordSection() {
    const section = make("section", "senses");
    const [points, measure] = [scatter({ label: "Vectors in two senses" }), numberRow()];
    let chosen = 0;
    const drawWord = () => {
      const { word, groups, kinds, texts, places, bounds, gaps, shuffled } = run.words[chosen];
      const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);
      const told = [
        ["same sense minus other sense (cosine)", signed(gaps[place])],
        ["untrained", signed(gaps[0])],
        ["senses shuffled: 19 of 20 times below", signed(shuffled[place])],
      ];
      measure.draw(told);
      const words = `${word}, ${told.map(([what, number]) => `${what} ${number}`).join("; ")}`;
      const marks = places[place].map(([x, y], i) => ({ x, y, group: kinds[i], words: texts[i] }));
      points.draw({ points: marks, groups, bounds, words });
    };
    const pick = menu("Word", run.words.map(({ word, groups }) => `${word}: ${groups.join(", ")}`), (which) => {
      chosen = which;
      drawWord();
    });
    section.append(pick, points.element, measure.element);
    right.append(section);
    return drawWord;
  }

  function pairSection() {
    const folded = make("details", "pairs");
    const rows = run.pairs.map(({ text_a, text_b, label, known }) => {
      const row = make("tr");
      const now = make("td", "number");
      const cells = [make("td", "", `${text_a} | ${text_b}`), make("td", "", label ? "no" : "yes"), now];
      row.append(...cells, make("td", "number", known === null ? "–" : share(known)));
      return { row, now };
    });
    const head = make("tr");
    head.append(...["first text | second text", "follows", `${name} says`, "what can be known"].map((text) => {
      return Object.assign(make("th", "", text), { scope: "col" });
    }));
    const table = make("table");
    table.append(head, ...rows.map(({ row }) => row));
    folded.append(make("summary", "", "Does the second text follow the first?"), table);
    element.append(folded);
    return () => rows.forEach(({ now }, i) => (now.textContent = share(run.pairs[i].follows[place])));
  }

  bar.draw({ labels: steps.map((step) => `step ${step.toLocaleString("en")}`), place: 0 });
  draw(0);
}

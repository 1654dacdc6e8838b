// A training run, seen while it goes on: curves beside the limits, one sentence, a Stop button. Where there is no
// kernel (`send` is null) it is the same picture without the button: one can slide back over what was seen.
//
//   const monitor = trainingMonitor(element, { name: "BERT", colour: "bert", limits: [...] }, send);
//   monitor.take(news, buffers);
//
// News carry only what is new: "from" says where it belongs. Whoever missed something asks for all, and `take` says
// whether the news fitted.
const STATES = {
  waiting: "No step yet.",
  running: "Training.",
  stopped: "Stopped. Everything is kept; the next follow goes on.",
  interrupted: "Interrupted. Everything is kept; the next follow goes on.",
  left: "The loop was left. The next follow goes on.",
  ended: "The run has ended.",
  failed: "The run broke off; what was seen until then is kept.",
};

function trainingMonitor(element, { name, colour, limits }, send) {
  const run = { batches: [], measured: [], looks: [], now: { state: "waiting" } };
  let [place, asked, stopping, tokens] = [0, 0, false, []];

  element.classList.add("bertlab", "run");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", `Training of ${name}`);
  ownKeys(element);

  const stop = make("button", "stop", "Stop");
  stop.type = "button";
  stop.hidden = !send;
  const [progress, status] = [make("progress"), make("p", "status")];
  progress.setAttribute("aria-label", "steps made");
  status.setAttribute("role", "status");
  const [numbers, beside] = [numberRow(), make("p", "beside")];
  const top = make("div", "top");
  top.append(stop, progress, status);
  const losses = curve({ what: "loss (nats)" });
  const rights = curve({ what: "told right", share: true });
  const curves = make("div", "curves");
  curves.append(losses.element, rights.element);
  const bar = timeBar({ what: "Moment", onMove: (to) => drawLook(to) });
  const sentence = sentencePanel({ name, colour });
  const [watched, guesses] = [make("section", "watched"), make("div")];
  watched.setAttribute("aria-label", "The sentence that is watched");
  guesses.append(sentence.words, bar.element, sentence.tables);
  watched.append(guesses, sentence.attention);
  element.replaceChildren(top, numbers.element, beside, curves, watched);

  const isGoing = () => run.now.state === "running";
  stop.addEventListener("click", () => {
    if (!isGoing()) return; // asking twice is harmless, and the first message may be lost
    stopping = true;
    send({ stop: true });
    drawState();
  });

  function drawState() {
    const { step = 0, steps = 0, state } = run.now;
    // Not "disabled": that would take the focus from whoever has just pressed it.
    stop.setAttribute("aria-disabled", String(!isGoing()));
    progress.max = Math.max(1, steps);
    progress.value = step;
    const doing = stopping && isGoing() ? "Stopping after this step." : STATES[state];
    const where = `Step ${step.toLocaleString("en")} of ${steps.toLocaleString("en")}.`;
    const said = steps && !isGoing() ? `${doing} ${where}` : doing;
    if (said !== status.textContent) status.textContent = said; // a screen reader says it at once
  }

  function drawNumbers() {
    const { step, steps, tokens_per_second: speed } = run.now;
    const [batch, held] = [run.batches.at(-1), run.measured.at(-1)];
    const all = [];
    if (step) all.push([`step of ${steps.toLocaleString("en")}`, step.toLocaleString("en")]);
    if (speed) all.push(["tokens a second", Math.round(speed).toLocaleString("en")]);
    if (batch) all.push(["this batch", `${batch[1].toFixed(2)} nats`]);
    if (batch && batch[3] !== null) all.push(["next sentence, this batch", percent(batch[3])]);
    if (held) all.push([`${name}, step ${held[0].toLocaleString("en")}`, `${held[1].toFixed(2)} nats`]);
    numbers.draw(all);
    beside.textContent = held ? distances(held[1], known("nats")) : "";
  }

  function drawCurves() {
    const cursor = run.looks.length && place < run.looks.length - 1 ? run.looks[place].step : null;
    const lines = (column) => [
      { name: "single batch", colour, faint: true, points: points(run.batches, column) },
      { name, colour, points: points(run.measured, column) },
    ];
    const { steps } = run.now;
    losses.draw({ lines: lines(1), limits: known("nats"), steps, cursor });
    rights.draw({ lines: lines(2), limits: known("accuracy"), steps, cursor });
  }

  const known = (what) => limits.filter((limit) => limit[what] !== null).map((limit) => ({ ...limit, value: limit[what] }));
  const points = (rows, column) => rows.filter((row) => row[column] !== null).map((row) => [row[0], row[column]]);

  function drawLook(to) {
    place = to;
    const { guesses, layers, heads, bytes } = run.looks[place];
    sentence.draw({ tokens, guesses, seen: { layers, heads, bytes } });
    drawCurves();
  }

  function take(news, buffers) {
    const { from } = news;
    if (["batches", "measured", "looks"].some((what) => from[what] > run[what].length)) {
      if (Date.now() - asked < 2000) return false; // it may be on its way
      asked = Date.now();
      send?.({ all: true });
      return false;
    }
    tokens = news.tokens;
    const wasLast = place >= run.looks.length - 1;
    const looks = news.looks.map((look, i) => ({ ...look, bytes: bytesIn(buffers[i]) }));
    for (const [what, rows] of Object.entries({ ...news, looks })) {
      if (what in from) run[what] = [...run[what].slice(0, from[what]), ...rows];
    }
    run.now = news.now;
    stopping = stopping && isGoing();
    watched.hidden = !run.looks.length;
    drawState();
    drawNumbers();
    if (wasLast || place >= run.looks.length) place = Math.max(0, run.looks.length - 1);
    bar.draw({ labels: run.looks.map(({ step }) => `step ${step.toLocaleString("en")}`), place });
    if (run.looks.length && looks.length) drawLook(place);
    else drawCurves();
    return true;
  }

  const bytesIn = (buffer) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  drawState();
  drawCurves();
  watched.hidden = true;
  return { take };
}

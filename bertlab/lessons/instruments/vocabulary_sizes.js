// A slider over the size of a vocabulary: two scores, the pieces a word takes under each, and one sentence in pieces.
function vocabularySizes(element, { sizes, curves, shown }) {
  const scores = Object.keys(curves);
  let place = 0; // the characters alone: what comes of more pieces is seen only when the slider is moved

  element.className = "bertlab sizes run";
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Vocabularies of growing size");
  const label = make("label", "size");
  const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: sizes.length - 1, step: 1, value: place });
  const said = make("output");
  label.append("Pieces in the vocabulary ", slider, " ", said);
  const picture = curve({ what: "pieces a word (unread text)", over: { title: "pieces in the vocabulary", short: "size" } });
  const sentences = make("div", "sentences");
  element.replaceChildren(label, picture.element, sentences);
  slider.addEventListener("input", () => {
    place = +slider.value;
    draw();
  });

  function draw() {
    const size = sizes[place].toLocaleString("en");
    said.textContent = size;
    slider.setAttribute("aria-valuetext", `${size} pieces: ${scores.map((score) => `${curves[score][place].toFixed(2)} a word by ${score}`).join(", ")}`);
    picture.draw({
      lines: scores.map((score) => ({ name: score, colour: score, points: sizes.slice(0, place + 1).map((each, at) => [each, curves[score][at]]) })),
      limits: [{ name: "whole words", colour: "whole", value: 1 }],
      steps: sizes.at(-1),
      cursor: sizes[place],
    });
    sentences.replaceChildren(
      ...scores.map((score) => {
        const part = make("section", "sentence");
        const { sentence, newest } = shown[score][place];
        const count = sentence.reduce((sum, pieces) => sum + pieces.length, 0);
        const title = make("h3", "", `by ${score}: ${count} pieces`);
        title.style.color = `var(--${score})`;
        const row = make("p");
        for (const pieces of sentence) row.append(...pieceBoxes(pieces, { marked: newest }), " ");
        const last = make("p", "newest");
        last.append("learned last: ", ...pieceBoxes(newest));
        part.append(title, row, last);
        return part;
      }),
    );
  }
  draw();
}

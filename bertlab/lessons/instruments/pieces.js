// A word in its pieces: each in a box of its own, the ## that says "goes on" fainter than the letters.
//
//   row.append(...pieceBoxes(["k", "##ing"], { marked: ["##ing"] }));
function pieceBoxes(pieces, { marked = [] } = {}) {
  return pieces.map((piece) => {
    const goesOn = piece.startsWith("##") && piece.length > 2;
    const unknown = piece === "[UNK]";
    const kind = `piece${marked.includes(piece) ? " marked" : ""}${unknown ? " unknown" : ""}`;
    const box = make("span", kind, goesOn ? "" : piece);
    if (goesOn) box.append(make("span", "goes-on", "##"), piece.slice(2));
    return box;
  });
}

// A button with what it does; disabled buttons keep the focus, so that whoever uses the keyboard is not thrown out.
function actionButton(words, act) {
  const button = make("button", "", words);
  button.type = "button";
  button.addEventListener("click", () => button.getAttribute("aria-disabled") !== "true" && act());
  const allow = (can) => button.setAttribute("aria-disabled", String(!can));
  return { button, allow };
}

// One of several, as buttons of a form: choice({ title, options: [["frequency", "how often"]], value, onPick }).
function choice({ title, name, options, value, onPick }) {
  const set = make("fieldset", "choice");
  set.append(make("legend", "", title));
  for (const [key, words] of options) {
    const label = make("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name, value: key, checked: key === value });
    radio.addEventListener("change", () => onPick(key));
    label.append(radio, ` ${words}`);
    set.append(label);
  }
  return set;
}

// A table from its heads and its rows of texts or elements; the first cell of a row names it.
function tableOf(caption, heads, rows, kind = "") {
  const table = make("table", `rows ${kind}`);
  table.append(make("caption", "", caption));
  const head = make("tr");
  head.append(...heads.map((text) => Object.assign(make("th", "", text), { scope: "col" })));
  table.append(head);
  for (const { cells, className = "" } of rows) {
    const row = make("tr", className);
    cells.forEach((cell, at) => {
      const made = at ? make("td", "number") : Object.assign(make("th"), { scope: "row" });
      made.append(...(Array.isArray(cell) ? cell : [cell]));
      row.append(made);
    });
    table.append(row);
  }
  return table;
}

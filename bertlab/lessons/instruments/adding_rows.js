// Two texts, their pieces in a table, and the chosen piece's three rows of numbers added up like a sum on paper.
//
//   element.append(addingRows({ question: [textA, textB], answer, place }, ask));
//
// `answer` is what AddingRows.answer makes of a question in Python; `ask(question)` promises one. Without `ask` nothing
// can be typed, and the rest works as before.
function addingRows({ question, answer, place }, ask) {
  const element = make("section", "bertlab adding");
  element.setAttribute("aria-label", "Adding three rows");
  ownKeys(element);
  let chosen = Math.min(place, answer.pieces.length - 1);
  let normed = true;

  const field = (label, which) => {
    const made = make("label");
    const input = make("input");
    Object.assign(input, { type: "text", value: question[which], spellcheck: false, autocomplete: "off", maxLength: 500 });
    input.readOnly = !ask;
    input.addEventListener("input", () => {
      question = question.with(which, input.value);
      settle();
    });
    made.append(make("span", "faint", label), input);
    return made;
  };
  const form = make("div", "asked");
  form.append(field("Text A", 0), field("Text B, or nothing", 1));
  const status = make("p", "problem");
  status.setAttribute("role", "status");
  if (!ask) form.append(make("p", "faint", "Typing needs JupyterLab; choosing a piece does not."));

  const pieces = make("table", "pieces");
  const frame = make("div", "wide");
  frame.append(pieces);
  const buttons = () => [...pieces.querySelectorAll("button")];
  const tabStop = roving(pieces, buttons);

  const norm = make("button", "norm", "LayerNorm");
  norm.type = "button";
  norm.setAttribute("role", "switch");
  norm.addEventListener("click", () => {
    normed = !normed;
    draw();
  });
  const sum = make("table", "sum");
  const wide = make("div", "wide");
  wide.append(sum);
  const said = make("p", "told");
  said.setAttribute("aria-live", "polite");
  element.append(form, status, frame, norm, wide, said);

  const take = (found) => {
    answer = found ?? answer;
    chosen = Math.min(chosen, answer.pieces.length - 1);
    drawPieces();
    draw();
  };
  const settle = newest({ asked: question, wanted: () => question, ask, status, take });

  // ---- The row as a table: what the piece is, its id, its text, its place.

  function drawPieces() {
    const line = (name, cells) => {
      const row = make("tr");
      const head = make("th", "faint", name);
      head.scope = "row";
      row.append(head, ...cells);
      return row;
    };
    const cell = (text, at) => {
      const made = make("td", "", text);
      made.dataset.place = at;
      return made;
    };
    const names = answer.pieces.map(({ piece }, at) => {
      const made = make("td");
      made.dataset.place = at;
      const button = make("button", "", piece);
      button.type = "button";
      const choose = () => {
        if (chosen === at) return;
        chosen = at;
        draw();
      };
      button.addEventListener("click", choose);
      button.addEventListener("focus", choose);
      made.append(button);
      return made;
    });
    const all = answer.pieces;
    pieces.replaceChildren(
      line("piece", names),
      line("id", all.map(({ id }, at) => cell(id, at))),
      line("segment", all.map(({ segment }, at) => cell(segment, at))),
      line("position", all.map((_, at) => cell(at, at))),
    );
    tabStop();
  }

  // ---- The sum of the chosen piece.

  function draw() {
    for (const cell of pieces.querySelectorAll("td")) cell.classList.toggle("chosen", Number(cell.dataset.place) === chosen);
    buttons().forEach((button, at) => button.setAttribute("aria-pressed", at === chosen));
    norm.setAttribute("aria-checked", normed);
    const { piece, segment, rows, twins } = answer.pieces[chosen];
    const lines = [
      ["", `token “${piece}”`, "token"],
      ["+", `segment ${segment}`, "segment"],
      ["+", `position ${chosen}`, "position"],
      ["=", "sum", "sum"],
      ...(normed ? [["→", "after LayerNorm", "after LayerNorm"]] : []),
    ];
    // The three rows and their sum share one scale of colour; what comes after LayerNorm has its own.
    const largest = (names) => Math.max(...names.flatMap((name) => rows[name].numbers.map(Math.abs))) || 1;
    const scale = largest(["token", "segment", "position", "sum"]);
    const body = lines.map(([sign, name, key]) => {
      const row = make("tr", key === "sum" ? "total" : "");
      const head = make("th", "", name);
      head.scope = "row";
      const numbers = rows[key].numbers.map((value) => {
        const cell = make("td", value < 0 ? "number below" : "number above", written(value));
        const full = key === "after LayerNorm" ? largest([key]) : scale;
        cell.style.setProperty("--share", Math.round((70 * Math.abs(value)) / full) + "%");
        return cell;
      });
      row.append(make("td", "sign", sign), head, ...numbers, make("td", "faint", "…"), make("td", "number", rows[key].length.toFixed(2)));
      return row;
    });
    const caption = make("caption", "faint", `The first ${rows.sum.numbers.length} of ${answer.hidden} numbers`);
    const titles = make("tr", "faint");
    titles.append(make("td"), make("td"), ...rows.sum.numbers.map((_, at) => make("td", "number", at)), make("td"), make("td", "number", "length"));
    sum.replaceChildren(caption, titles, ...body);

    const { apart } = rows[normed ? "after LayerNorm" : "sum"];
    const ends = apart < 1e-5
      ? "The last line is what the first layer gets."
      : `The last line is not what the first layer gets: the largest difference is ${apart.toFixed(2)}.`;
    const others = twins.map(
      ({ place, segment, cosine, distance }) =>
        `place ${place} (segment ${segment}): distance ${distance.toFixed(2)}, cosine ${cosine.toFixed(2)}`,
    );
    const also = others.length ? ` What the first layer gets for “${piece}” at the other places: ${others.join("; ")}.` : "";
    if (said.textContent !== ends + also) said.textContent = ends + also;
  }

  drawPieces();
  draw();
  return element;
}

// Two digits and a real minus sign, but none before a zero.
function written(value) {
  const digits = Math.abs(value).toFixed(2);
  return value < 0 && Number(digits) > 0 ? `−${digits}` : digits;
}

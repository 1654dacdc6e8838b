// The best guesses for one hole, as a table whose bars can be seen and whose numbers can be read.
//
//   const table = guessTable();
//   table.draw({ title: "Hole 1", guesses: [["door", 0.42], ...], right: "door" });
function percent(share) {
  return share >= 0.01 ? `${(100 * share).toFixed(1)}%` : `${(100 * share).toFixed(3)}%`;
}

function guessTable() {
  const element = document.createElement("table");
  element.className = "guesses";

  function draw({ title, guesses, right = null }) {
    const caption = document.createElement("caption");
    caption.textContent = title;
    const rows = guesses.map(([piece, share]) => {
      const row = document.createElement("tr");
      const name = document.createElement("th");
      name.scope = "row";
      name.textContent = piece;
      if (piece === right) {
        row.className = "right";
        name.append(" ✓");
        name.setAttribute("aria-label", `${piece}, which is right`);
      }
      const track = document.createElement("td");
      track.className = "track";
      track.setAttribute("aria-hidden", "true");
      const bar = document.createElement("div");
      bar.className = "bar";
      bar.style.width = `${100 * share}%`;
      track.append(bar);
      const number = document.createElement("td");
      number.className = "number";
      number.textContent = percent(share);
      row.append(name, track, number);
      return row;
    });
    const body = document.createElement("tbody");
    body.append(...rows);
    element.replaceChildren(caption, body);
  }

  return { element, draw };
}

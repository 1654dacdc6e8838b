// Every head of every layer as a small map, and the means before them: a click, or Enter, picks one.
//
//   const grid = headGrid((layer, head) => ...);    // null: the mean
//   grid.draw(shares, { layer: null, head: null });  // shares as unpackShares gives them
function headGrid(onPick) {
  const element = document.createElement("div");
  element.className = "heads";
  element.setAttribute("role", "radiogroup");
  element.setAttribute("aria-label", "Layer and head; the left column is the mean over heads");
  let shape = "";
  let columns = 1;
  const buttons = () => [...element.querySelectorAll("button")];
  const settle = roving(element, buttons, () => columns);

  const nameOf = (layer, head) =>
    layer === null ? "mean of all" : head === null ? `layer ${layer}, mean of heads` : `layer ${layer}, head ${head}`;

  function build({ layers, heads }) {
    columns = heads + 1;
    const line = (words) => {
      const made = document.createElement("span");
      made.className = "faint";
      made.setAttribute("aria-hidden", "true");
      made.textContent = words;
      return made;
    };
    const button = (layer, head) => {
      const made = document.createElement("button");
      made.type = "button";
      made.setAttribute("role", "radio");
      made.setAttribute("aria-label", nameOf(layer, head));
      made.title = nameOf(layer, head);
      made.append(document.createElement("canvas"));
      Object.assign(made, { layer, head, onclick: () => onPick(layer, head) });
      return made;
    };
    const all = [line("head"), line("mean"), ...Array.from({ length: heads }, (_, head) => line(head))];
    all.push(line("all"), button(null, null), ...Array.from({ length: heads }, () => line("")));
    for (let layer = 0; layer < layers; layer++) {
      all.push(line(`layer ${layer}`), button(layer, null));
      for (let head = 0; head < heads; head++) all.push(button(layer, head));
    }
    element.replaceChildren(...all);
  }

  function paint(canvas, length, share, [red, green, blue]) {
    if (canvas.width !== length) canvas.width = canvas.height = length;
    const context = canvas.getContext("2d");
    const picture = context.createImageData(length, length);
    for (let query = 0; query < length; query++) {
      for (let key = 0; key < length; key++) {
        picture.data.set([red, green, blue, 255 * share(query, key)], 4 * (query * length + key));
      }
    }
    context.putImageData(picture, 0, 0);
  }

  function draw(shares, picked) {
    const now = `${shares.layers} ${shares.heads}`;
    if (now !== shape) build(shares);
    shape = now;
    const colour = (getComputedStyle(element).getPropertyValue("--colour").match(/[0-9a-f]{2}/gi) ?? ["0", "72", "b2"])
      .map((two) => parseInt(two, 16));
    for (const button of buttons()) {
      paint(button.firstChild, shares.length, shares.head(button.layer, button.head), colour);
      const chosen = button.layer === picked.layer && button.head === picked.head;
      button.setAttribute("aria-checked", chosen);
    }
    settle();
  }

  return { element, draw, nameOf };
}

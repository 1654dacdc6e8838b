// The words of the sentence as buttons in a row: press one to hide it, rest on one to see where it looks.
//
//   const chips = chipRow({ onPress: (place) => ..., onChoose: (place or null) => ... });
//   chips.draw([{ token: "door", hidden: false, fixed: false }, ...], chosen);
function chipRow({ onPress, onChoose }) {
  const element = document.createElement("div");
  element.className = "chips";
  element.setAttribute("role", "toolbar");
  element.setAttribute("aria-label", "Words: press one to hide it, press it again to show it");
  const buttons = () => [...element.children];
  const settle = roving(element, buttons);

  function add() {
    const button = document.createElement("button");
    button.type = "button";
    const place = element.children.length;
    button.addEventListener("click", () => button.ariaDisabled !== "true" && onPress(place));
    button.addEventListener("pointerenter", () => onChoose(place));
    button.addEventListener("focus", () => onChoose(place));
    button.addEventListener("pointerleave", () => onChoose(null));
    button.addEventListener("blur", () => onChoose(null));
    element.append(button);
  }

  function draw(chips, chosen) {
    while (element.children.length < chips.length) add();
    while (element.children.length > chips.length) element.lastChild.remove();
    buttons().forEach((button, place) => {
      const { token, hidden, fixed } = chips[place];
      const words = hidden ? "[MASK]" : token;
      if (button.textContent !== words) button.textContent = words;
      button.setAttribute("aria-pressed", hidden);
      button.setAttribute("aria-label", hidden && !fixed ? `[MASK], was ${token}` : token);
      button.ariaDisabled = String(fixed);
      button.classList.toggle("chosen", place === chosen);
    });
    settle();
  }

  return { element, draw };
}

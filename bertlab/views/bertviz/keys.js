// What BertViz lets only a pointer do, for keys too: Tab goes to a row, arrows go along it, Enter or Space clicks.
const REACHED = {
  head: [
    { row: "#vis svg > g:last-child", items: ":scope > rect", role: "checkbox", state: "aria-checked",
      name: (square, place) => `Head ${place}`, on: (square) => square.__data__ },
    { row: "#left", items: ":scope > g:last-child > g", hover: true },
    { row: "#right", items: ":scope > g:last-child > g", hover: true },
  ],
  model: [
    { row: "#vis svg", items: ":scope > g:not(.detail) > rect:last-child", role: "button", state: "aria-pressed",
      name: (thumbnail, place, params) => {
        const heads = params.include_heads;
        return `Layer ${params.include_layers[Math.floor(place / heads.length)]}, head ${heads[place % heads.length]}`;
      },
      on: (thumbnail) => +thumbnail.parentNode.firstChild.getAttribute("stroke-opacity") > 0 },
  ],
  neuron: [
    { row: "#collapsed #leftText", items: ":scope > g", hover: true, role: "button", other: "#expanded #leftText" },
    { row: "#expanded #leftText", items: ":scope > g", hover: true, role: "button", other: "#collapsed #leftText" },
  ],
};

function reachRow(view, params, { row, items, role = "img", name, state, on, hover, other }) {
  const element = view.querySelector(row);
  if (!element) return;
  const all = [...element.querySelectorAll(items)];
  const tell = () => state && all.forEach((item) => item.setAttribute(state, on(item)));
  all.forEach((item, place) => {
    item.setAttribute("role", role);
    item.setAttribute("aria-label", name ? name(item, place, params) : item.textContent);
    if (!hover) return;
    item.addEventListener("focus", () => item.dispatchEvent(new MouseEvent("mouseover")));
    item.addEventListener("blur", () => item.dispatchEvent(new MouseEvent("mouseleave", { bubbles: true })));
  });
  tell();
  element.tabIndex = -1; // without it the listeners alone make a row of SVG a stop for Tab
  element.addEventListener("click", tell);
  element.addEventListener("dblclick", tell);
  element.addEventListener("keydown", (event) => {
    const place = all.indexOf(event.target);
    if (place < 0 || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const target = other ? all[place].querySelector(":scope > rect:last-child") : all[place];
    target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    if (other) view.querySelector(other).children[place].focus();
  });
  const columns = hover ? 1 : (params.include_heads ?? all).length;
  roving(element, () => all, () => columns)();
}

function reachByKeys(view, params) {
  const kind = Object.keys(REACHED).find((name) => view.classList.contains(name));
  const reach = () => REACHED[kind].forEach((what) => reachRow(view, params, what));
  reach();
  new MutationObserver(reach).observe(view.querySelector("#vis"), { childList: true }); // another layer: all anew
}

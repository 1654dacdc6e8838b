// A question's options as one group: Tab enters it, arrow keys move in it, Space chooses, a reader speaks its name.
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
let groups = 0;

function asOneGroup(box, name) {
  box.setAttribute("role", "radiogroup");
  box.setAttribute("aria-label", name);
  const group = `bertlab-${(groups += 1)}`;
  const inputs = [...box.querySelectorAll("input")];
  for (const input of inputs) input.name = group;
  box.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault(); // by itself it would choose what it passes, and a first answer is the one that is kept
    inputs.at((inputs.indexOf(event.target) + step) % inputs.length).focus();
  });
}

// Buttons of which one is chosen: ipywidgets shows by colour alone which one it is.
function sayWhichIsPressed(box) {
  if (!box.hasAttribute("role")) {
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", box.querySelector("label")?.textContent ?? "");
  }
  for (const button of box.querySelectorAll("button")) {
    const pressed = String(button.classList.contains("mod-active"));
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
}

function tidy(form) {
  for (const box of form.querySelectorAll(".widget-radio-box:not([role])")) {
    if (box.querySelector("input")) asOneGroup(box, box.closest(".widget-vbox")?.querySelector("b")?.textContent ?? "");
  }
  form.querySelectorAll(".widget-toggle-buttons").forEach(sayWhichIsPressed);
}

function render({ el }) {
  let waiting;
  const watch = new MutationObserver(() => tidy(watched));
  let watched;
  const begin = () => {
    watched = el.isConnected ? el.closest(".widget-vbox") : null;
    if (!watched) return void (waiting = setTimeout(begin, 50)); // not put into the page yet
    ownKeys(watched);
    tidy(watched);
    watch.observe(watched, { childList: true, subtree: true, attributeFilter: ["class"] });
  };
  begin();
  return () => {
    clearTimeout(waiting);
    watch.disconnect();
  };
}

export default { render };

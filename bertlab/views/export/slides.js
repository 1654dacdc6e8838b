// Arrow keys, space, Page Up and Down, Home and End turn the pages; the address remembers the slide.
const slides = [...document.querySelectorAll(".slide")];
const where = document.getElementById("where");
const MOVES = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
let now = 0;
history.scrollRestoration = "manual"; // the address remembers the slide, which may have another height by now

function show(number) {
  now = Math.max(0, Math.min(slides.length - 1, number));
  slides[now].scrollIntoView({ block: "start", behavior: "instant" });
  slides[now].focus({ preventScroll: true });
}

function note(number) {
  now = number;
  where.textContent = `${number + 1} / ${slides.length}`;
  history.replaceState(null, "", `#slide-${number + 1}`);
}

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea, button, summary")) return;
  const step = event.key === " " && event.shiftKey ? -1 : MOVES[event.key];
  const target = event.key === "Home" ? 0 : event.key === "End" ? slides.length - 1 : step ? now + step : null;
  if (target === null) return;
  event.preventDefault();
  show(target);
});

// A picture that answers is made as large as its slide has room for, with a line or two to spare: some grow while in use.
// One that is taller than the screen, as at 125%, is made a little smaller.
function enlarge(slide) {
  const frames = slide.querySelectorAll("iframe");
  if (frames.length !== 1) return;
  const root = frames[0].contentDocument?.documentElement;
  const inside = slide.querySelector(".inside");
  for (const zoom of root ? [1.5, 1.4, 1.3, 1.2, 1.1, 1, 0.9, 0.8] : []) {
    frames[0].style.zoom = zoom;
    frames[0].style.height = `${Math.ceil(root.getBoundingClientRect().height)}px`;
    if (inside.scrollHeight + 30 <= 0.92 * innerHeight && root.scrollWidth <= root.clientWidth) return;
  }
}
// A picture that is about as high as wide would leave its sides empty below printed lines.
function putBeside(slide) {
  const pictures = slide.querySelectorAll("figure > img");
  if (pictures.length !== 1 || !slide.querySelector(".inside > pre")) return;
  if (pictures[0].naturalWidth < 1.25 * pictures[0].naturalHeight) slide.querySelector(".inside").classList.add("beside");
}
addEventListener("load", () => {
  slides.forEach(putBeside);
  slides.forEach(enlarge);
  show(now); // what was above may have another height now
});
addEventListener("resize", () => {
  const here = now;
  slides.forEach(enlarge);
  show(here); // as when the screen is made full
});

// Whoever scrolls turns pages too.
const seen = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => note(slides.indexOf(entry.target))),
  { threshold: 0.6 },
);
slides.forEach((slide) => seen.observe(slide));
show(Math.max(0, slides.findIndex((slide) => `#${slide.id}` === location.hash)));

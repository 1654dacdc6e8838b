// A slider over moments and a button that plays them, one after the other.
//
//   const bar = timeBar({ what: "Training step", onMove: (place) => draw(place) });
//   bar.draw({ labels: ["step 0", "step 10"], place: 0 });
//
// Who prefers no motion is not made to see any: then it never begins by itself.
function timeBar({ what, onMove, autoplay = false, every = 700 }) {
  const element = document.createElement("div");
  element.className = "time";
  const button = document.createElement("button");
  button.type = "button";
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: 0, step: 1, value: 0 });
  slider.setAttribute("aria-label", what);
  const label = document.createElement("output");
  label.setAttribute("aria-live", "off"); // the slider says it, to whoever stands there
  element.append(button, slider, label);
  let labels = [];
  let timer = null;

  function show() {
    const [words, does] = [labels[slider.value] ?? "", timer === null ? "Play" : "Pause"];
    if (label.textContent !== words) label.textContent = words;
    if (slider.getAttribute("aria-valuetext") !== words) slider.setAttribute("aria-valuetext", words);
    if (button.textContent !== does) button.textContent = does;
  }

  function move(place) {
    slider.value = place;
    show();
    onMove(+slider.value);
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    show();
  }

  function play() {
    if (+slider.value === labels.length - 1) move(0);
    timer = setInterval(() => {
      move(+slider.value + 1);
      if (+slider.value === labels.length - 1) pause();
    }, every);
    show();
  }

  button.addEventListener("click", () => (timer === null ? play() : pause()));
  slider.addEventListener("input", () => {
    pause();
    move(+slider.value);
  });

  // Whoever stands at the end stays at the end when there is more.
  function draw(given) {
    labels = given.labels;
    slider.max = Math.max(0, labels.length - 1);
    slider.value = given.place;
    show();
  }

  if (autoplay && !matchMedia("(prefers-reduced-motion: reduce)").matches) setTimeout(play);
  return { element, draw, pause };
}

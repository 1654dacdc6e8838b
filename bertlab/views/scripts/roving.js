// One stop for the Tab key in a row or grid of buttons; the arrow keys go on from there.
//
// `columns()` tells how long a row is; without it all stand in one row.
function roving(element, buttons, columns) {
  let here = 0;
  const mark = () => buttons().forEach((button, place) => (button.tabIndex = place === here ? 0 : -1));
  element.addEventListener("focusin", (event) => {
    const place = buttons().indexOf(event.target);
    if (place >= 0) here = place;
    mark();
  });
  element.addEventListener("keydown", (event) => {
    const all = buttons();
    const row = columns ? columns() : all.length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row };
    const ends = { Home: 0, End: all.length - 1 };
    const there = event.key in ends ? ends[event.key] : here + (steps[event.key] ?? NaN);
    if (Number.isNaN(there)) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, there))].focus();
  });
  return () => {
    here = Math.min(here, Math.max(0, buttons().length - 1));
    mark();
  };
}

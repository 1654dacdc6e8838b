// What BertViz's pages ask of jQuery, and no more: finding or making elements, then filling, reading and wiring them.
// `root` is where selectors look, so that the same code serves a whole page and one widget among many.
function jqueryStandIn(root) {
  class Found {
    constructor(elements) {
      this.elements = elements;
    }
    each(action) {
      this.elements.forEach(action);
      return this;
    }
    empty() {
      return this.each((element) => element.replaceChildren());
    }
    append(other) {
      return this.each((element) => element.append(...other.elements));
    }
    val(value) {
      return this.each((element) => (element.value = value));
    }
    text(words) {
      return this.each((element) => (element.textContent = words));
    }
    attr(name, value) {
      return this.each((element) => element.setAttribute(name, value));
    }
    on(event, action) {
      return this.each((element) => element.addEventListener(event, action));
    }
    change() {
      return this.each((element) => element.dispatchEvent(new Event("change")));
    }
  }
  const tag = /^<\s*([a-z]+)\s*\/?>$/;
  return (what) => {
    const made = tag.exec(what);
    return new Found(made ? [document.createElement(made[1])] : [...root.querySelectorAll(what)]);
  };
}

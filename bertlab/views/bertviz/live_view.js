// A BertViz view inside a notebook's own page, drawn again in place when Python sends another text.
// Before this stand d3, jqueryStandIn, drawBertViz(window, require, requirejs, console): BertViz's script; and keys.js.
function inside(el) {
  const find = (what) => (typeof what === "string" ? el.querySelector(what) : what);
  const findAll = (what) => (typeof what === "string" ? el.querySelectorAll(what) : what);
  // BertViz looks in the whole page; other views may be there, and this one may not be attached yet.
  return Object.assign(Object.create(d3), {
    select: (what) => d3.select(find(what)),
    selectAll: (what) => d3.selectAll(findAll(what)),
  });
}

// What was picked in the menus stays picked, where the new text still offers it.
function keepChoices(el, drawn) {
  const menu = (name) => el.querySelector(`#${name}`)?.value;
  const { params } = drawn;
  const offered = params.include_layers ?? params.attention.all?.attn.map((_, layer) => layer) ?? [];
  if (menu("layer") !== undefined && offered.includes(+menu("layer"))) params.layer = +menu("layer");
  if (menu("att_head") !== undefined) params.head = +menu("att_head");
  const squares = [...el.querySelectorAll(".head [role=checkbox]")];
  if (squares.length) params.heads = squares.flatMap((square, head) => (square.ariaChecked === "true" ? [head] : []));
}

// Only after drawing: BertViz makes room for the sentences that it draws first, and those must be all.
function pickAgain(menu, value) {
  if (!menu || !value || menu.value === value) return;
  menu.value = value;
  menu.dispatchEvent(new Event("change"));
}

// What was opened stays open: a head of the model view, the vectors of the neuron view. Gives back what opens it again.
function keepOpen(el) {
  const heads = () => [...el.querySelectorAll(".model [aria-pressed]")];
  const place = heads().findIndex((head) => head.ariaPressed === "true");
  const vectors = el.querySelector("#expanded")?.getAttribute("visibility") === "visible";
  return () => {
    const opener = vectors ? el.querySelector("#collapsed #leftText rect:last-child") : heads()[place];
    opener?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  };
}

export default {
  render({ model, el }) {
    ownKeys(el);
    const require = Object.assign((names, use) => use(jqueryStandIn(el), inside(el)), { config() {} });
    const draw = () => {
      const drawn = structuredClone(model.get("state"));
      keepChoices(el, drawn);
      const sentences = el.querySelector("#filter")?.value;
      const openAgain = keepOpen(el);
      el.innerHTML = drawn.body;
      try {
        drawBertViz({ bertviz_params: drawn.params }, require, require, { log() {} });
        pickAgain(el.querySelector("#filter"), sentences);
        reachByKeys(el.querySelector(".bertviz-view"), drawn.params);
        openAgain();
      } catch (problem) {
        const note = document.createElement("p");
        note.setAttribute("role", "alert");
        note.textContent = `BertViz could not draw this view: ${problem.message}`;
        el.prepend(note);
      }
    };
    model.on("change:state", draw);
    draw();
    return () => model.off("change:state", draw);
  },
};

// The page around one BertViz view: a sentence where a blank would be, d3 and jQuery without a network.
addEventListener("error", (problem) => {
  const note = document.createElement("p");
  note.setAttribute("role", "alert");
  note.textContent = `BertViz could not draw this view: ${problem.message}`;
  document.body.prepend(note);
});

// BertViz asks require.js for its two libraries; they are in this page already.
window.requirejs = window.require = (names, use) => use(jqueryStandIn(document), d3);
window.require.config = () => {};

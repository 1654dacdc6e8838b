// A notebook takes arrow keys and Enter from whatever has the focus, but for what is marked as this marks it.
function ownKeys(root) {
  root.addEventListener("focusin", (event) => (event.target.dataset.lmSuppressShortcuts = "true"));
}

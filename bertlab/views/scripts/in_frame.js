// What every page of ours does: it takes the theme around it, and in a frame the height that it needs. Beside a live
// view it hides itself: then it is only what will be seen when there is no kernel any more.
(() => {
  const root = document.documentElement;
  let frame = null; // stays so where the page around is a stranger's
  try {
    frame = window.frameElement;
  } catch {}

  const around = frame?.ownerDocument.body;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const takeTheme = () => {
    const light = around?.dataset.jpThemeLight;
    root.dataset.theme = (light === undefined ? prefersDark.matches : light === "false") ? "dark" : "light";
  };
  takeTheme();
  prefersDark.addEventListener("change", takeTheme);
  if (!frame) return;
  new MutationObserver(takeTheme).observe(around, { attributeFilter: ["data-jp-theme-light"] });

  addEventListener("DOMContentLoaded", () => {
    const fit = () => {
      const height = Math.ceil(root.getBoundingClientRect().height);
      if (height) frame.style.height = `${height}px`;
    };
    new ResizeObserver(fit).observe(document.body);
    fit();
  });

  const outputs = frame.closest(".jp-OutputArea");
  if (!outputs || document.body.dataset.still === undefined) return;
  const giveWay = () => {
    const live = outputs.querySelector(".bertlab-live");
    frame.style.display = live ? "none" : "";
    for (const other of outputs.querySelectorAll(".jp-OutputArea-output.jupyter-widgets")) {
      const broken = !live && other.textContent.startsWith("Error displaying widget");
      other.closest(".jp-OutputArea-child").style.display = broken ? "none" : "";
    }
  };
  new MutationObserver(giveWay).observe(outputs, { childList: true, subtree: true, characterData: true });
  giveWay();
})();

// Runs before the page is drawn, so that it does not flash in the wrong colours: the remembered choice, if there is one.
(() => {
  try {
    const chosen = localStorage.getItem("webfoot.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // A browser that keeps nothing: the system's colours.
  }
})();

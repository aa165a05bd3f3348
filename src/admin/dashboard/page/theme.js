// No module: it is run before anything is painted, so that no page flashes in the other theme.
(() => {
  const themes = ["system", "light", "dark"];
  const key = "auth-proxy-theme";
  const root = document.documentElement;

  function kept() {
    const value = localStorage.getItem(key);
    return value !== null && themes.includes(value) ? value : "system";
  }

  function show(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  }

  show(kept());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (button === null) return;
    const label = () => button.textContent = `Theme: ${kept()}`;
    label();
    button.addEventListener("click", () => {
      const next = themes[(themes.indexOf(kept()) + 1) % themes.length];
      localStorage.setItem(key, next ?? "system");
      show(kept());
      label();
    });
  });
})();

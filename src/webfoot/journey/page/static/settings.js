// What is remembered in this browser: the colours, and the editor that opens files.

const EDITORS = {
  none: null,
  vscode: (file, line) => `vscode://file${encodeURI(file)}:${line}`,
  cursor: (file, line) => `cursor://file${encodeURI(file)}:${line}`,
  zed: (file, line) => `zed://file${encodeURI(file)}:${line}`,
};
export const EDITOR_NAMES = { none: "no editor: copy the place", vscode: "VS Code", cursor: "Cursor", zed: "Zed" };

function read(name, fallback) {
  try {
    return localStorage.getItem(`webfoot.${name}`) ?? fallback;
  } catch {
    return fallback;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(`webfoot.${name}`, value);
  } catch {
    // A browser that keeps nothing.
  }
}

export function editor() {
  const chosen = read("editor", "vscode");
  return chosen in EDITORS ? chosen : "vscode";
}

export function chooseEditor(name) {
  write("editor", name);
}

/** The address that opens `file` (an absolute path) in the chosen editor; null if there is none. */
export function editorLink(file, line) {
  const make = EDITORS[editor()];
  return make && file.startsWith("/") ? make(file, line ?? 1) : null;
}

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function chooseDark(dark) {
  const theme = dark ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
  write("theme", theme);
}

/** Light or dark: the system's, unless somebody chose. */
export function toggleTheme(): void {
  const root = document.documentElement;
  const next = isDark() ? "light" : "dark";
  root.dataset["theme"] = next;
  try {
    localStorage.setItem("theme", next);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen !== undefined) return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Calls back whenever the colours of the page have changed. */
export function onThemeChange(listener: () => void): void {
  new MutationObserver(listener).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}

export function prefersReducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

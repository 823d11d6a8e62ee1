import { element } from "./html.ts";

const KEYS: readonly (readonly [string, string])[] = [
  ["space", "play, pause"],
  ["← →", "event back, on"],
  ["shift ← →", "protocol round back, on"],
  ["home end", "start, end of the run"],
  ["− +", "slower, faster"],
  ["[ ]", "zoom out, in"],
  ["1 … 9", "focus a server"],
  ["↑ ↓", "from server to server"],
  [".", "to the next violation"],
  ["T", "table of the focused pane"],
  ["D", "dark or light"],
  ["?", "all keys"],
  ["esc", "leave anything"],
];

/** A dialog over the page; closing it gives the focus back. */
export function openDialog(title: string, ...content: readonly Node[]): void {
  document.querySelector("dialog")?.remove();
  const close = element("button", { type: "button", class: "btn" }, "Close");
  const dialog = element(
    "dialog",
    { "aria-label": title },
    element("header", {}, element("h2", {}, title), close),
    ...content,
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

export function openHelp(): void {
  const grid = element("div", { class: "grid" });
  for (const [keys, does] of KEYS) {
    grid.append(element("span", {}, element("kbd", {}, keys)), element("span", {}, does));
  }
  openDialog("Keys", grid);
}

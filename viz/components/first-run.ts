import type { Scenario } from "../worker.ts";
import { START, writeAddress } from "../player/address.ts";
import { toggleTheme } from "../player/theme.ts";
import { plural } from "../player/words.ts";
import { brand, button, element, icon, svgElement } from "./html.ts";

export type FirstRun = {
  readonly node: HTMLElement;
  /** Fills the list of stories; each gets its picture when it has been run. */
  readonly list: (scenarios: readonly Scenario[]) => readonly SVGSVGElement[];
};

/** The page before anything is loaded: open a trace, or pick a story. */
export function firstRun(onFile: (file: File) => void, onPaste: (text: string) => void): FirstRun {
  const cards = element("ol", { class: "cards" });
  const count = element("span", {}, "looking for stories…");
  const section = element("div", { class: "sec" }, element("h2", {}, "Learn the protocol"), count);
  const node = element(
    "main",
    { class: "start" },
    element(
      "header",
      { class: "bar" },
      brand("./"),
      element("span", { class: "end" }, themeButton()),
    ),
    element(
      "section",
      { class: "hero" },
      element(
        "div",
        {},
        element("h1", {}, "Stop ZooKeeper at any moment and look."),
        element("p", {}, "Every run repeats exactly. Play it, go back, look closer."),
      ),
      element("div", { class: "open" }, openButton(onFile), pasteBox(onPaste)),
    ),
    section,
    cards,
  );

  function list(scenarios: readonly Scenario[]): readonly SVGSVGElement[] {
    section.hidden = scenarios.length === 0;
    count.textContent = plural(scenarios.length, "story", "stories");
    const pictures = scenarios.map(() =>
      svgElement(320, 88, { class: "thumb", "aria-hidden": "true" }),
    );
    cards.replaceChildren(
      ...scenarios.map((scenario, index) =>
        card(scenario, index === 0, pictures[index] as SVGSVGElement),
      ),
    );
    return pictures;
  }

  return { node, list };
}

export function openButton(onFile: (file: File) => void): HTMLElement {
  const input = element("input", {
    type: "file",
    accept: ".zt",
    hidden: "",
    "aria-label": "Trace file",
  });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file !== undefined) onFile(file);
  });
  const open = element(
    "button",
    { type: "button", class: "drop" },
    icon("M9 12V2.500M5 6l4-4 4 4M2 12v4h14v-4", 18),
    "Open a trace",
    element("small", {}, ".zt"),
    input,
  );
  open.addEventListener("click", () => input.click());
  return open;
}

export function themeButton(): HTMLElement {
  const content = icon("M9 2a7 7 0 1 1 0 14a7 7 0 1 1 0 -14zM9 2.500a6.500 6.500 0 0 1 0 13z", 18);
  content.classList.add("half");
  return button("ib wide", "Dark or light", content, toggleTheme);
}

function pasteBox(onPaste: (text: string) => void): HTMLElement {
  const input = element("input", {
    type: "text",
    placeholder: "Paste a link to a trace, or a scenario and a seed",
    "aria-label": "A link to a trace, or a scenario and a seed",
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && input.value.trim() !== "") onPaste(input.value.trim());
  });
  return element("label", { class: "paste" }, input, element("kbd", {}, "enter"));
}

function card(scenario: Scenario, first: boolean, picture: SVGSVGElement): HTMLElement {
  const address = writeAddress({ ...START, scenario: scenario.name });
  return element(
    "li",
    { class: "card", "data-first": String(first), "data-scenario": scenario.name },
    element(
      "a",
      { href: address },
      picture,
      element(
        "h3",
        {},
        scenario.title,
        first ? element("b", {}, "start here") : null,
        element("span", {}, plural(scenario.servers, "server")),
      ),
      element("p", {}, scenario.summary),
    ),
  );
}

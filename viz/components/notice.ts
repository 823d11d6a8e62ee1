import type { Problem, Progress } from "../worker.ts";
import { countText } from "../player/words.ts";
import { brand, element } from "./html.ts";

export type Waiting = { readonly node: HTMLElement; readonly tell: (progress: Progress) => void };

/** While a trace is read: how far it is, and a way out. */
export function waiting(name: string, onCancel: () => void): Waiting {
  const count = element("p", { "aria-live": "polite" }, "");
  const bar = element("i", {});
  bar.style.width = "0";
  const cancel = element("button", { type: "button", class: "btn" }, "Cancel");
  cancel.addEventListener("click", onCancel);
  const body = element(
    "div",
    { class: "notice" },
    element("h1", {}, `Reading ${name}`),
    count,
    element("div", { class: "line" }, bar),
    element("div", { class: "opts" }, cancel),
  );
  const node = element(
    "main",
    { class: "start" },
    element("header", { class: "bar" }, brand("./")),
    body,
  );
  // A short wait is better without a word.
  body.style.visibility = "hidden";
  setTimeout(() => {
    body.style.visibility = "visible";
  }, 400);
  const tell = ({ rows, part }: Progress): void => {
    count.textContent = `reading ${countText(rows)} events`;
    if (part !== null) bar.style.width = `${Math.round(part * 100)}%`;
  };
  return { node, tell };
}

/** What was found, what was expected, and what to do about it. */
function describe(problem: Problem): { readonly title: string; readonly text: string } {
  const version = problem.header?.version;
  switch (problem.kind) {
    case "foreign":
      return {
        title: "This is not a Zootrope trace.",
        text: `Its first line should be ${problem.expected}; it is ${problem.found}.`,
      };
    case "version":
      return {
        title: `This trace was written by ${version === undefined ? "another version" : `Zootrope ${version}`}.`,
        text: `It is ${problem.found}, and this viewer reads ${problem.expected}. ${rerunHint(problem)}`,
      };
    case "damaged":
      return { title: "This trace is damaged.", text: sentence(problem.message) };
    case "unreachable":
      return { title: "There is no trace at that address.", text: sentence(problem.message) };
    case "scenario":
      return { title: "That scenario could not be run.", text: sentence(problem.message) };
  }
}

export function problemPage(problem: Problem, ways: readonly HTMLElement[]): HTMLElement {
  const { title, text } = describe(problem);
  const home = element("a", { class: "btn", href: "./" }, "Back to the stories");
  return element(
    "main",
    { class: "start" },
    element("header", { class: "bar" }, brand("./")),
    element(
      "div",
      { class: "notice", role: "alert", "data-problem": problem.kind },
      element("h1", {}, title),
      element("p", {}, text),
      element("div", { class: "opts" }, ...ways, home),
    ),
  );
}

function rerunHint({ header }: Problem): string {
  const name = header?.scenario?.name;
  return name === undefined
    ? ""
    : `It holds scenario ${name} with seed ${header?.seed ?? "?"}, which can be run afresh.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

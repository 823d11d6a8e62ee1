import type { Comparison, Operand } from "../player/comparison.ts";
import { explain, mainRowOf, type Explanation } from "../player/explain.ts";
import type { Moment, Player } from "../player/player.ts";
import type { FieldChange } from "../player/changes.ts";
import { rowAt } from "../../sim/trace/columns.ts";
import { zxidText } from "../player/words.ts";
import { element } from "./html.ts";

export type Inspector = { readonly draw: (moment: Moment) => void };

/** One event, the selected or else the last: what it was, why it decided as it did, and what it changed. */
export function inspector(pane: HTMLElement, player: Player): Inspector {
  let shown = -1;
  let story: object | null = null;

  function draw(moment: Moment): void {
    const picked = player.selection()?.row ?? lastRow(moment);
    pane.dataset["row"] = String(picked);
    if (picked === shown && story === moment.story) return;
    shown = picked;
    story = moment.story;
    const cols = element("div", { class: "cols" });
    if (picked < 0) cols.append(element("h2", {}, "Nothing has happened yet"));
    else cols.append(...sectionsOf(explain(moment.trace, moment.story, picked), moment));
    pane.replaceChildren(cols);
  }

  return { draw };
}

function lastRow(moment: Moment): number {
  return moment.rows === 0 ? -1 : mainRowOf(moment.trace, moment.turnRow, moment.rows);
}

function sectionsOf(told: Explanation, moment: Moment): HTMLElement[] {
  const head = element(
    "section",
    {},
    element(
      "h2",
      {},
      told.chip.letter === ""
        ? null
        : element("span", { class: "chip", "data-family": told.chip.family }, told.chip.letter),
      element("span", {}, told.title),
    ),
    element("p", { class: "sub" }, told.subtitle),
  );
  if (told.facts.length > 0) head.append(factsTable(told.facts));
  const sections = [head];
  if (told.comparison !== null) sections.push(why(told.comparison));
  if (told.server !== null && told.changes.length > 0) sections.push(changes(told));
  sections.push(links(told, moment));
  return sections;
}

function factsTable(facts: Explanation["facts"]): HTMLElement {
  const rows = facts.map(([name, value]) =>
    element("tr", { "data-changed": "none" }, element("th", { scope: "row" }, name), mono(value)),
  );
  return element("table", { class: "chg facts" }, element("tbody", {}, ...rows));
}

function why(comparison: Comparison): HTMLElement {
  const head = ["", "heard", "", "mine"].map((word) =>
    word === "" ? element("td") : element("th", { scope: "col" }, word),
  );
  const rows = comparison.operands.map((operand, index) => {
    const decided = comparison.operands.findIndex((each) => each.decides);
    const kind = operand.decides ? "win" : decided >= 0 && index > decided ? "off" : "";
    return element(
      "tr",
      { class: kind },
      element("th", { scope: "row" }, operand.name),
      operandCell(operand, operand.heard),
      element("td", {}, operand.sign),
      operandCell(operand, operand.mine),
    );
  });
  return element(
    "section",
    {},
    element("h3", {}, comparison.question),
    element("p", { class: "because" }, comparison.because),
    element(
      "table",
      { class: "ops" },
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows),
    ),
    element("p", { class: "sub m" }, comparison.verdict),
  );
}

function operandCell(operand: Operand, value: bigint): HTMLElement {
  if (operand.name !== "zxid") return mono(String(value));
  return element("td", { class: "zx" }, ...zxidParts(value));
}

/** Epoch and counter stand out, what pads them does not. */
function zxidParts(zxid: bigint): (Node | string)[] {
  const text = zxidText(zxid).slice(2);
  if (text.length <= 8) return [element("i", {}, "0x"), element("b", {}, text)];
  const epoch = text.slice(0, -8);
  const counter = text.slice(-8).replace(/^0+(?=..)/, "");
  return [
    element("i", {}, "0x"),
    element("b", {}, epoch),
    element("i", {}, "0".repeat(8 - counter.length)),
    element("b", {}, counter),
  ];
}

function changes(told: Explanation): HTMLElement {
  const rows = told.changes.map(changeRow);
  if (told.sends !== "") {
    rows.push(
      element(
        "tr",
        { "data-changed": "true" },
        element("th", { scope: "row" }, "sends"),
        element("td", { class: "m" }, element("b", {}, told.sends)),
      ),
    );
  }
  return element(
    "section",
    {},
    element("h3", {}, `Server ${told.server ?? ""}, changed by this event`),
    element("table", { class: "chg" }, element("tbody", {}, ...rows)),
  );
}

function changeRow(change: FieldChange): HTMLElement {
  const value = element("td", { class: "m" });
  if (change.changed)
    value.append(element("s", {}, shortened(change)), element("b", {}, change.after));
  else value.append(change.after);
  return element(
    "tr",
    { "data-changed": String(change.changed), "data-field": change.name },
    element("th", { scope: "row" }, change.name),
    value,
  );
}

/** Of an old zxid only the end is kept, as its beginning repeats in the new one. */
function shortened({ before, after }: FieldChange): string {
  if (!before.startsWith("0x") || before.length < 9 || before.length !== after.length)
    return before;
  return `…${before.slice(-2)}`;
}

function links(told: Explanation, moment: Moment): HTMLElement {
  const copy = element("button", { type: "button" }, "Copy as JSON");
  copy.addEventListener("click", () => {
    const row = rowAt(moment.trace.columns, told.row);
    const text = JSON.stringify({ ...row, zxid: zxidText(row.zxid) }, null, 2);
    void navigator.clipboard.writeText(text).then(() => {
      copy.textContent = "Copied";
    });
  });
  return element("p", { class: "links" }, copy);
}

function mono(text: string): HTMLElement {
  return element("td", { class: "m" }, text);
}

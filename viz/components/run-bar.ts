import { START, writeAddress, type Address } from "../player/address.ts";
import type { Run, Source } from "../player/load.ts";
import type { Player } from "../player/player.ts";
import { plural } from "../player/words.ts";
import { themeButton } from "./first-run.ts";
import { openHelp } from "./help.ts";
import { brand, button, element } from "./html.ts";

/** The top of the page: what runs, a link to this instant, other traces, help. */
export function runBar(
  run: Run,
  source: Source,
  player: Player,
  onOpen: (address: Address) => void,
): HTMLElement {
  const { header } = run.trace;
  const title = header.scenario.name === "" ? sourceName(source) : header.scenario.name;
  const facts = element(
    "span",
    { class: "run" },
    element("b", {}, title),
    element("span", {}, "seed ", element("b", { class: "m" }, header.seed)),
    element("span", {}, plural(header.servers.length, "server")),
  );
  if (header.defects.length > 0) {
    facts.append(element("span", {}, "defects ", element("b", {}, header.defects.join(", "))));
  }
  const copy = element("button", { type: "button", class: "btn wide" }, "Copy link");
  copy.addEventListener("click", () => {
    const address = new URL(linkTo(source, header.seed, player.moment().nowUs), location.href).href;
    history.replaceState(null, "", address);
    void navigator.clipboard.writeText(address).then(
      () => toast("Link copied"),
      () => toast("The link is in the address bar"),
    );
  });
  copy.hidden = source.kind === "file" || source.kind === "again";
  return element(
    "header",
    { class: "bar" },
    brand("./"),
    facts,
    otherTraces(source, onOpen),
    copy,
    element(
      "span",
      { class: "end" },
      themeButton(),
      button("ib", "Keys and help", helpMark(), openHelp),
    ),
  );
}

/** Every trace that was given to look at, this one among them. */
function otherTraces(source: Source, onOpen: (address: Address) => void): HTMLElement | null {
  if (source.kind !== "address" || source.files.length < 2) return null;
  const { files } = source;
  const choice = element("select", { class: "btn", "aria-label": "Trace" });
  for (const { address, name } of files) {
    const option = element("option", { value: address }, name);
    option.selected = address === source.address;
    choice.append(option);
  }
  choice.addEventListener("change", () => onOpen({ ...START, trace: choice.value, files }));
  return choice;
}

function helpMark(): HTMLElement {
  const mark = element("b", { "aria-hidden": "true" }, "?");
  mark.style.fontSize = "16px";
  return mark;
}

function linkTo(source: Source, seed: string, atUs: number): string {
  const at = { ...START, atUs: Math.round(atUs) };
  switch (source.kind) {
    case "address":
      return writeAddress({ ...at, trace: source.address, files: source.files });
    case "scenario":
      return writeAddress({ ...at, scenario: source.name, seed });
    case "file":
    case "again":
      return writeAddress(at);
  }
}

export function sourceName(source: Source): string {
  switch (source.kind) {
    case "file":
      return source.name;
    case "address":
      return source.address.split("/").at(-1) ?? source.address;
    case "scenario":
      return source.name;
    case "again":
      return source.of.scenario.name;
  }
}

function toast(text: string): void {
  const node = element("div", { class: "toast", role: "status" }, text);
  document.body.append(node);
  setTimeout(() => node.remove(), 2500);
}

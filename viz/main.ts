import { runApp, type App } from "./components/app.ts";
import { installDefinitions } from "./components/definitions.ts";
import { firstRun } from "./components/first-run.ts";
import { element } from "./components/html.ts";
import { problemPage, waiting } from "./components/notice.ts";
import { sourceName } from "./components/run-bar.ts";
import { thumbnail } from "./components/thumbnail.ts";
import { readAddress, START, writeAddress, type Address } from "./player/address.ts";
import { createLoader, type Source } from "./player/load.ts";
import type { Problem } from "./worker.ts";

const page = document.getElementById("page") as HTMLElement;
const loader = createLoader();
let app: App | null = null;

installDefinitions();
listenForDrops();
window.addEventListener("popstate", () => open(readAddress(location.search)));
open(readAddress(location.search));

/** Shows what an address names. The page says in `data-page` what it shows, for tests and for styles. */
function open(address: Address): void {
  const source = sourceOf(address);
  if (source === null) showStart();
  else void show(source, address.atUs);
}

function sourceOf({ trace, scenario, seed, files }: Address): Source | null {
  if (trace !== null) return { kind: "address", address: trace, files };
  if (scenario !== null) return { kind: "scenario", name: scenario, seed: seed ?? "" };
  return null;
}

async function show(source: Source, atUs: number | null): Promise<void> {
  const wait = waiting(sourceName(source), () => {
    loader.cancel();
    history.pushState(null, "", writeAddress(START));
    showStart();
  });
  turnTo("loading", wait.node);
  const outcome = await loader.load(source, wait.tell);
  if (outcome === null) return;
  if (!outcome.ok) return turnTo("problem", problemPage(outcome.problem, waysOut(outcome.problem)));
  const started = runApp(outcome, source, (address) => {
    history.pushState(null, "", writeAddress(address));
    open(address);
  });
  turnTo("starting", started.node);
  app = started;
  document.title = `${outcome.trace.header.scenario.name} · seed ${outcome.trace.header.seed} · Zootrope`;
  started.start(atUs);
  document.body.dataset["page"] = "run";
}

/** A run that another version recorded can be run again, if its trace says what was run. */
function waysOut({ header }: Problem): readonly HTMLElement[] {
  if (header?.scenario === undefined || header.seed === undefined) return [];
  const { scenario, seed, defects = [] } = header;
  const again = element(
    "button",
    { type: "button", class: "btn main" },
    "Run it with this version",
  );
  again.addEventListener("click", () => {
    void show({ kind: "again", of: { scenario, seed, defects } }, null);
  });
  return [again];
}

function showStart(): void {
  const start = firstRun(openFile, (text) => {
    const address = addressIn(text);
    history.pushState(null, "", writeAddress(address));
    open(address);
  });
  turnTo("start", start.node);
  document.title = "Zootrope";
  void loader.scenarios().then(async (scenarios) => {
    const pictures = start.list(scenarios);
    document.body.dataset["scenarios"] = String(scenarios.length);
    for (const [index, scenario] of scenarios.entries()) {
      if (!start.node.isConnected) return;
      const source: Source = { kind: "scenario", name: scenario.name, seed: scenario.seed };
      const outcome = await loader.load(source, () => undefined);
      if (outcome === null) return;
      if (outcome.ok) thumbnail(pictures[index] as SVGSVGElement, outcome);
    }
    document.body.dataset["pictures"] = "done";
  });
}

/** A pasted link, another address of a trace, or a scenario's name with or without a seed. */
function addressIn(text: string): Address {
  const query = text.indexOf("?");
  const linked = readAddress(query < 0 ? "" : text.slice(query));
  if (linked.trace !== null || linked.scenario !== null) return linked;
  if (/[/.]/.test(text)) return { ...START, trace: text };
  const [scenario = "", seed] = text.split(/\s+/);
  return { ...START, scenario, seed: seed ?? null };
}

function turnTo(name: string, node: HTMLElement): void {
  app?.stop();
  app = null;
  document.body.dataset["page"] = name;
  page.replaceChildren(node);
}

function openFile(file: File): void {
  history.pushState(null, "", "./");
  void show({ kind: "file", file, name: file.name }, null);
}

/** A file that is dropped anywhere opens. */
function listenForDrops(): void {
  const { classList } = document.body;
  let depth = 0;
  document.addEventListener("dragenter", () => {
    depth++;
    classList.add("dropping");
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) classList.remove("dropping");
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    classList.remove("dropping");
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) openFile(file);
  });
}

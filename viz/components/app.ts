import type { Address } from "../player/address.ts";
import { listenToKeys } from "../player/keys.ts";
import type { Run, Source } from "../player/load.ts";
import { openingOf, type Opening } from "../player/opening.ts";
import { createPlayer } from "../player/player.ts";
import { onThemeChange, prefersReducedMotion } from "../player/theme.ts";
import { captionLine } from "./caption-line.ts";
import { spaceTimeField } from "./field.ts";
import { button, element, icon, svgElement } from "./html.ts";
import { inspector } from "./inspector.ts";
import { logLanes } from "./logs.ts";
import { overview } from "./overview.ts";
import { ensembleRing } from "./ring.ts";
import { runBar } from "./run-bar.ts";
import { transport } from "./transport.ts";

export type App = {
  readonly node: HTMLElement;
  readonly start: (atUs: number | null) => void;
  readonly stop: () => void;
};

/** The whole screen of a loaded run. One player holds the instant, and every pane draws it. */
export function runApp(run: Run, source: Source, onOpen: (address: Address) => void): App {
  const { trace, story } = run;
  const player = createPlayer(trace, story, prefersReducedMotion);
  const listening = new AbortController();

  const caption = element("section", { class: "cap", "aria-label": "What happens" });
  const ringSvg = svgElement(392, 296, {
    role: "group",
    "aria-label": "Servers",
    class: "ring-svg",
  });
  const logSvg = svgElement(392, 200, { role: "img", "aria-label": "Logs by zxid" });
  const logSub = element("span", {});
  const stage = element("div", {
    class: "stage",
    role: "img",
    "aria-label": "Servers and messages over time",
  });
  const fieldSub = element("span", {});
  const ringPane = pane("ring", "Ensemble", head("Ensemble"), ringSvg);
  // Its servers are a stop of the tab key, so the pane is none.
  ringPane.removeAttribute("tabindex");
  const logPane = pane("log", "Logs", head("Logs", logSub), logSvg);
  const why = pane("why", "Inspector");
  const controls = element("div", { class: "tp" });
  const over = element("div", { class: "over" });

  const zoomBox = element("span", { class: "zoom" });
  const node = element(
    "div",
    { class: "app" },
    runBar(run, source, player, onOpen),
    element(
      "main",
      {},
      caption,
      tabs(),
      element("div", { class: "left" }, ringPane, logPane),
      pane("field", "Space-time", head("Space-time", fieldSub, zoomBox), stage),
      why,
    ),
    element("footer", { class: "foot" }, controls, over),
  );

  const panes = {
    caption: captionLine(caption),
    ring: ensembleRing(ringSvg, player),
    logs: logLanes(logPane, logSvg, logSub, player),
    field: spaceTimeField(stage, fieldSub, player),
    why: inspector(why, player),
    controls: transport(controls, player),
    over: overview(over, player),
  };
  zoomBox.append(
    button("ib", "Zoom out", icon("M3 8h10", 16), () => panes.field.zoom(1.5)),
    button("ib", "Zoom in", icon("M3 8h10M8 3v10", 16), () => panes.field.zoom(1 / 1.5)),
  );

  let queued = false;
  function queue(): void {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      if (!listening.signal.aborted) draw();
    });
  }

  function draw(): void {
    const moment = player.moment();
    panes.caption.draw(moment);
    panes.ring.draw(moment);
    panes.logs.draw(moment);
    panes.field.draw(moment);
    panes.why.draw(moment);
    panes.controls.draw(moment);
    panes.over.draw(moment, ...panes.field.window());
    const { dataset } = node;
    dataset["rows"] = String(moment.rows);
    dataset["turn"] = String(moment.view.turn);
    dataset["atUs"] = String(Math.round(moment.nowUs));
    dataset["playing"] = String(player.isPlaying());
    dataset["selected"] = String(player.selection()?.row ?? "");
  }

  function start(atUs: number | null): void {
    player.on("moved", queue);
    player.on("changed", queue);
    listenToKeys(player, panes.field.zoom, listening.signal);
    onThemeChange(() => panes.field.refresh());
    const resized = new ResizeObserver(() => {
      panes.over.resize(player.moment());
      queue();
    });
    for (const each of [node, ringSvg, logPane, stage]) resized.observe(each);
    panes.over.resize(player.moment());
    if (atUs !== null) player.seekTo(atUs);
    else open(openingOf(story));
    draw();
  }

  function open({ atUs, spanUs, row }: Opening): void {
    player.seekTo(atUs);
    if (spanUs !== null) panes.field.show(spanUs);
    if (row !== null) player.select({ row });
  }

  return {
    node,
    start,
    stop: () => {
      listening.abort();
      player.stop();
    },
  };
}

function head(title: string, ...more: readonly HTMLElement[]): HTMLElement {
  return element("header", {}, element("h2", {}, title), ...more);
}

function pane(name: string, label: string, ...children: readonly Node[]): HTMLElement {
  return element(
    "section",
    { class: `pane ${name}`, id: name, "data-pane": name, tabindex: "0", "aria-label": label },
    ...children,
  );
}

function tabs(): HTMLElement {
  const links = [
    ["Ensemble", "#ring"],
    ["Logs", "#log"],
    ["Time", "#field"],
    ["Why", "#why"],
  ] as const;
  return element(
    "nav",
    { class: "tabs", "aria-label": "Panes" },
    ...links.map(([word, href]) => element("a", { href }, word)),
  );
}

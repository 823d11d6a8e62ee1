import { countUntil, marksIn, spansIn, type OperationSpan, type Story } from "../player/story.ts";
import { errorWord, operationWord, zxidText } from "../player/words.ts";
import type { Player } from "../player/player.ts";
import { translate, type Group } from "./field-lanes.ts";
import { along, clientLane, type Geometry } from "./field-geometry.ts";
import { diamondPath, px, textWidth } from "./shapes.ts";

const OPERATIONS_MAX = 300;

type Bar = {
  readonly span: OperationSpan;
  readonly y: number;
  readonly from: number;
  readonly to: number;
  readonly outcome: "ok" | "unknown" | "failed" | "running";
  readonly inside: string;
  readonly after: string;
  /** Px along where it took effect. */
  readonly mark: number | null;
};

/** Clients under the servers: each operation a bar from call to return, with the point at which it took effect. */
export function drawClients(
  group: Group,
  story: Story,
  geometry: Geometry,
  player: Player,
  fromUs: number,
  toUs: number,
): void {
  const spans = geometry.vertical ? [] : spansIn(story.operations, fromUs, toUs);
  const bars = spans.length > OPERATIONS_MAX ? [] : barsOf(spans, story, geometry);
  group
    .selectAll<SVGGElement, Bar>("g.bar")
    .data(bars, (bar) => bar.span.row)
    .join((enter) => {
      const bar = enter.append("g").attr("class", "bar pickable");
      bar.append("path").attr("class", "operation");
      bar.append("path").attr("class", "commit-mark");
      bar.append("text").attr("class", "inside label strong").attr("y", 4.5);
      bar.append("text").attr("class", "after label halo").attr("y", 4.5);
      bar.append("title");
      return bar.on("click", (event: MouseEvent, { span }) => {
        event.stopPropagation();
        player.select({ row: span.row });
      });
    })
    .attr("transform", (bar) => translate([bar.from, bar.y]))
    .each(function update(bar) {
      drawBar(this, bar);
    });
  const watches = geometry.vertical
    ? []
    : marksIn(story.watches, fromUs, toUs).slice(0, OPERATIONS_MAX);
  group
    .selectAll<SVGPathElement, (typeof watches)[number]>("path.flag")
    .data(watches)
    .join("path")
    .attr("class", "flag commit-mark")
    .attr("d", "M0 -8v16M0 -8h8l-2 3 2 3h-8")
    .attr("transform", (watch) =>
      translate([along(geometry, watch.atUs), clientLane(geometry, watch.client) ?? -99]),
    );
}

function barsOf(spans: readonly OperationSpan[], story: Story, geometry: Geometry): Bar[] {
  const bars: Bar[] = [];
  const freeFrom = new Map<number, number>();
  for (const span of [...spans].reverse()) {
    const y = clientLane(geometry, span.client);
    if (y === null) continue;
    const from = along(geometry, span.fromUs);
    const to = Math.max(from + 4, along(geometry, span.toUs));
    const word = operationWord(span.code);
    const inside = textWidth(word, 12) + 26 < to - from ? word : "";
    const result = resultText(span);
    const words = [`${inside === "" ? `${word} ` : ""}${result}`, result, ""];
    const next = freeFrom.get(span.client) ?? Infinity;
    const after = words.find((text) => to + 10 + textWidth(text, 12) < next) ?? "";
    freeFrom.set(span.client, from - 6);
    bars.push({
      span,
      y,
      from,
      to,
      outcome: outcomeOf(span),
      inside,
      after,
      mark: markOf(span, story, geometry),
    });
  }
  return bars.reverse();
}

function outcomeOf(span: OperationSpan): Bar["outcome"] {
  if (span.outcome === null) return "running";
  if (span.outcome === 0) return "ok";
  return span.outcome === 1 || span.outcome === -4 ? "unknown" : "failed";
}

function resultText(span: OperationSpan): string {
  switch (outcomeOf(span)) {
    case "running":
      return "no answer";
    case "ok":
      return span.writes ? `ok ${zxidText(span.zxid)}` : `sees ${zxidText(span.zxid)}`;
    case "unknown":
      return "unknown";
    case "failed":
      return errorWord(span.outcome ?? 0);
  }
}

function markOf(span: OperationSpan, story: Story, geometry: Geometry): number | null {
  if (span.outcome !== 0) return null;
  // When exactly a server read is not told; the dot stands where it leaves room for the word.
  if (!span.writes) return along(geometry, span.fromUs + (span.toUs - span.fromUs) * 0.85);
  const until = countUntil(story.commits, span.toUs);
  for (let index = until - 1; index >= 0; index--) {
    const commit = story.commits[index];
    if (commit === undefined || commit.atUs < span.fromUs) return null;
    if (commit.zxid === span.zxid) return along(geometry, commit.atUs);
  }
  return null;
}

function drawBar(node: SVGGElement, bar: Bar): void {
  const width = bar.to - bar.from;
  const open = bar.outcome === "unknown" || bar.outcome === "running";
  const shape = node.querySelector(".operation");
  shape?.setAttribute("data-outcome", bar.outcome);
  shape?.setAttribute(
    "d",
    open ? `M${px(width)} -10H0v20H${px(width)}l5 -5-5 -5 5 -5z` : barPath(width),
  );
  const mark = node.querySelector(".commit-mark");
  mark?.setAttribute("display", bar.mark === null ? "none" : "inline");
  if (bar.mark !== null) {
    mark?.setAttribute(
      "d",
      bar.span.writes ? diamondPath(6) : "M0 -3.500a3.500 3.500 0 1 1 0 7a3.500 3.500 0 1 1 0 -7z",
    );
    mark?.setAttribute("transform", translate([bar.mark - bar.from, 0]));
  }
  const inside = node.querySelector(".inside");
  const beside = bar.mark !== null && bar.mark - bar.from < 16 ? 18 : 7;
  if (inside !== null) {
    inside.textContent = bar.inside;
    inside.setAttribute("x", String(beside));
  }
  const after = node.querySelector(".after");
  if (after !== null) {
    after.textContent = bar.after;
    after.setAttribute("x", px(width + 10));
    after.setAttribute("class", `after label halo ${bar.outcome === "ok" ? "quiet" : "fault"}`);
  }
  const title = node.querySelector("title");
  if (title !== null) title.textContent = `${bar.span.text}: ${resultText(bar.span)}`;
}

function barPath(width: number): string {
  const r = px(Math.min(3, width / 2));
  const right = px(width - Math.min(3, width / 2));
  return (
    `M${r} -10H${right}a${r} ${r} 0 0 1 ${r} ${r}V${px(10 - Number(r))}a${r} ${r} 0 0 1 -${r} ${r}` +
    `H${r}a${r} ${r} 0 0 1 -${r} -${r}V${px(Number(r) - 10)}a${r} ${r} 0 0 1 ${r} -${r}z`
  );
}

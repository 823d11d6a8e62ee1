import { countUntil, spansIn, type OperationSpan, type Story } from "../player/story.ts";
import { errorWord, operationWord, zxidText } from "../player/words.ts";
import type { Player } from "../player/player.ts";
import { translate, type Group } from "./field-lanes.ts";
import { along, clientLane, type Geometry } from "./field-geometry.ts";
import { diamondPath, px, textWidth } from "./shapes.ts";

const OPERATIONS_MAX = 300;

type Bar = {
  readonly span: OperationSpan;
  readonly y: number;
  readonly height: number;
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
  const bars = barsOf(
    spans.filter((span) => span.slot < SLOTS_MAX).slice(0, OPERATIONS_MAX),
    story,
    geometry,
  );
  drawRest(group, spans.slice(0, OPERATIONS_MAX), geometry);
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
}

/** How many more operations were under way than there is room for bars, behind the last that was left out. */
function drawRest(group: Group, spans: readonly OperationSpan[], geometry: Geometry): void {
  const rest = new Map<number, { count: number; toUs: number }>();
  for (const span of spans) {
    if (span.slot < SLOTS_MAX) continue;
    const known = rest.get(span.client) ?? { count: 0, toUs: 0 };
    rest.set(span.client, { count: known.count + 1, toUs: Math.max(known.toUs, span.toUs) });
  }
  group
    .selectAll<SVGTextElement, [number, { count: number; toUs: number }]>("text.rest")
    .data([...rest])
    .join("text")
    .attr("class", "rest label quiet halo")
    .attr("x", ([, { toUs }]) => along(geometry, toUs) + 10)
    .attr("y", ([client]) => (clientLane(geometry, client) ?? -99) + 4.5)
    .text(([, { count }]) => `and ${count} more at once`);
}

function barsOf(spans: readonly OperationSpan[], story: Story, geometry: Geometry): Bar[] {
  const bars: Bar[] = [];
  const freeFrom = new Map<string, number>();
  for (const span of [...spans].reverse()) {
    const lane = clientLane(geometry, span.client);
    if (lane === null) continue;
    const { dy, height } = slotPlace(span.slot, story.concurrency.get(span.client) ?? 1);
    const from = along(geometry, span.fromUs);
    const to = Math.max(from + 4, along(geometry, span.toUs));
    const key = `${span.client} ${dy}`;
    const next = freeFrom.get(key) ?? Infinity;
    freeFrom.set(key, from - 6);
    bars.push({
      span,
      y: lane + dy,
      height,
      from,
      to,
      outcome: outcomeOf(span),
      ...wordsOf(span, from, to, height < TEXT_MIN ? 0 : next),
      mark: height < TEXT_MIN ? null : markOf(span, story, geometry),
    });
  }
  return bars.reverse();
}

/** Bars lower than this carry no words. */
const TEXT_MIN = 12;
const SLOTS_MAX = 3;

/** Operations that overlap stand above one another, as low as that makes them; at most three high. */
function slotPlace(slot: number, count: number): { readonly dy: number; readonly height: number } {
  const slots = Math.min(SLOTS_MAX, count);
  const height = [20, 13, 8][slots - 1] ?? 20;
  const pitch = height + 2;
  return { dy: ((slot % slots) - (slots - 1) / 2) * pitch, height };
}

/** The operation inside its bar, and what came of it behind, as far as there is room up to the `next` one. */
function wordsOf(
  span: OperationSpan,
  from: number,
  to: number,
  next: number,
): Pick<Bar, "inside" | "after"> {
  if (next === 0) return { inside: "", after: "" };
  const word = operationWord(span.code);
  const inside = textWidth(word, 12) + 26 < to - from ? word : "";
  const result = resultText(span);
  const words = [`${inside === "" ? `${word} ` : ""}${result}`, result, ""];
  const after = words.find((text) => to + 10 + textWidth(text, 12) < next) ?? "";
  return { inside, after };
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
  const shape = node.querySelector(".operation");
  shape?.setAttribute("data-outcome", bar.outcome);
  shape?.setAttribute("d", barPath(width, bar.height, isOpen(bar)));
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

function isOpen({ outcome }: Bar): boolean {
  return outcome === "unknown" || outcome === "running";
}

/** Rounded where an answer closed it, torn where none came. */
function barPath(width: number, height: number, open: boolean): string {
  const half = height / 2;
  if (open) {
    const tooth = px(half / 2);
    return `M${px(width)} -${half}H0v${height}H${px(width)}l5 -${tooth}-5 -${tooth} 5 -${tooth}z`;
  }
  const r = Math.min(3, width / 2);
  const flat = px(width - 2 * r);
  const side = px(height - 2 * r);
  const corner = (dx: number, dy: number): string => `a${px(r)} ${px(r)} 0 0 1 ${px(dx)} ${px(dy)}`;
  return (
    `M${px(r)} -${half}h${flat}${corner(r, r)}v${side}${corner(-r, r)}` +
    `h-${flat}${corner(-r, -r)}v-${side}${corner(r, -r)}z`
  );
}

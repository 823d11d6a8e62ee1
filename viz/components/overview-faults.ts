import type { ScaleLinear } from "d3";
import { cutsLabel } from "../player/cuts.ts";
import { linkLabel } from "../player/link-words.ts";
import type { Moment } from "../player/player.ts";
import { cutsOf } from "../player/story-faults.ts";
import type { FaultSpan, Story } from "../player/story.ts";
import type { TraceHeader } from "../../sim/trace/view.ts";
import type { Group } from "./field-lanes.ts";
import { crossPath, textWidth } from "./shapes.ts";

export type TimeScale = ScaleLinear<number, number>;

/** Faults as bars, with words where they do not collide. */
export function drawOverviewFaults(
  group: Group,
  { trace, story }: Moment,
  time: TimeScale,
  y: number,
  narrow: boolean,
): void {
  const bars = barsOf(trace.header, story.faults);
  for (const bar of bars) {
    group
      .append("rect")
      .attr("class", "span")
      .attr("data-kind", "fault")
      .attr("x", time(bar.fromUs))
      .attr("y", y)
      .attr("width", Math.max(3, time(bar.toUs) - time(bar.fromUs)))
      .attr("height", narrow ? 6 : 10)
      .append("title")
      .text(bar.word);
  }
  if (!narrow) labelBars(group, bars, time, y + 9.5);
}

type Bar = { readonly fromUs: number; readonly toUs: number; readonly word: string };

/** Walls that stood together are one bar with one word; so is one fault on several links. */
function barsOf(header: TraceHeader, faults: readonly FaultSpan[]): Bar[] {
  const bars: Bar[] = [];
  const together = new Map<string, FaultSpan[]>();
  for (const fault of faults) {
    const { fromUs, toUs, kind, code, measure, label } = fault;
    if (kind !== "link" && toUs <= fromUs) continue;
    if (kind !== "wall" && kind !== "link") {
      bars.push({ fromUs, toUs, word: label });
      continue;
    }
    const key = [kind, code, measure, fromUs, toUs].join(" ");
    together.set(key, [...(together.get(key) ?? []), fault]);
  }
  for (const spans of together.values()) {
    const first = spans[0] as FaultSpan;
    const { fromUs, toUs } = first;
    const cuts = spans.flatMap(cutsOf);
    const word = first.kind === "wall" ? cutsLabel(header, cuts) : linkLabel(header, first, cuts);
    bars.push({ fromUs, toUs, word });
  }
  return bars.sort((a, b) => a.fromUs - b.fromUs || a.toUs - b.toUs);
}

/** One label for bars that touch: behind the last of them if it fits before the next, else inside. */
function labelBars(group: Group, bars: readonly Bar[], time: TimeScale, y: number): void {
  const clusters: { start: number; end: number; words: string[] }[] = [];
  for (const { fromUs, toUs, word } of bars) {
    const last = clusters[clusters.length - 1];
    const start = time(fromUs);
    const end = Math.max(start + 3, time(toUs));
    if (last === undefined || start > last.end + 2) clusters.push({ start, end, words: [word] });
    else {
      last.end = Math.max(last.end, end);
      if (!last.words.includes(word)) last.words.push(word);
    }
  }
  const right = time.range()[1] ?? 0;
  const write = (x: number, text: string, name: string): void => {
    group.append("text").attr("class", name).attr("x", x).attr("y", y).text(text);
  };
  clusters.forEach(({ start, end, words }, index) => {
    const room = (clusters[index + 1]?.start ?? right) - end - 12;
    const full = words.join(", ");
    const text = [full, `${words.length} faults`].find((each) => textWidth(each, 12) < room);
    if (text !== undefined) write(end + 6, text, "label");
    else if (textWidth(full, 12) < end - start - 16) write(start + 8, full, "label halo-ground");
  });
}

/** The line that says that all holds, up to where it does not. */
export function drawOverviewChecks(group: Group, story: Story, time: TimeScale, y: number): void {
  const first = story.violations[0];
  const end = first === undefined ? story.endUs : first.atUs;
  const segment = (fromUs: number, toUs: number, ok: boolean): void => {
    group
      .append("line")
      .attr("class", "invariant")
      .attr("data-ok", String(ok))
      .attr("x1", time(fromUs))
      .attr("x2", time(toUs))
      .attr("y1", y)
      .attr("y2", y);
  };
  segment(0, end, true);
  if (first === undefined) {
    const right = time.range()[1] ?? 0;
    group
      .append("rect")
      .attr("class", "plate")
      .attr("x", right - 62)
      .attr("y", y - 8)
      .attr("width", 62)
      .attr("height", 16);
    group
      .append("text")
      .attr("class", "label strong green")
      .attr("text-anchor", "end")
      .attr("x", right)
      .attr("y", y + 4.5)
      .text("✓ all hold");
    return;
  }
  segment(first.atUs, story.endUs, false);
  for (const mark of story.violations.slice(0, 200)) {
    group
      .append("path")
      .attr("class", "cross big")
      .attr("d", crossPath(5))
      .attr("transform", `translate(${time(mark.atUs)},${y})`);
  }
  const x = time(first.atUs);
  const before = x > (time.range()[1] ?? 0) - textWidth(first.text, 12) - 16;
  const text = first.text.slice(0, 90);
  const width = textWidth(text, 12) + 16;
  group
    .append("rect")
    .attr("class", "plate")
    .attr("x", before ? x - 10 - width : x + 10)
    .attr("y", y - 8)
    .attr("width", width)
    .attr("height", 16);
  group
    .append("text")
    .attr("class", "label fault")
    .attr("text-anchor", before ? "end" : "start")
    .attr("x", x + (before ? -12 : 12))
    .attr("y", y + 4.5)
    .text(text);
}

import { scaleLinear, select, type ScaleLinear, type Selection } from "d3";
import { atOf } from "../../sim/trace/columns.ts";
import type { Moment, Player } from "../player/player.ts";
import type { FaultSpan, Story } from "../player/story.ts";
import { crossPath, textWidth } from "./shapes.ts";
import { axisStep, axisText } from "./time-axis.ts";

export type Overview = {
  readonly draw: (moment: Moment, fromUs: number, toUs: number) => void;
  readonly resize: (moment: Moment) => void;
};

const ROWS = { main: 14, events: 42, faults: 62, checks: 84, axis: 106 } as const;

/** The whole run at once. Its scale stays as long as the run is loaded; dragging on it moves the instant. */
export function overview(box: HTMLElement, player: Player): Overview {
  const svg = select(box)
    .append("svg")
    .attr("role", "slider")
    .attr("tabindex", 0)
    .attr("aria-label", "instant in the run")
    .attr("aria-valuemin", 0);
  const still = svg.append("g");
  const camera = svg.append("rect").attr("class", "window").attr("y", 2);
  const line = svg.append("line").attr("class", "now-line");
  const head = svg.append("path").attr("class", "head").attr("d", "M-6 0h12l-6 8z");
  const time = scaleLinear();
  let narrow = false;

  function resize(moment: Moment): void {
    const { width, height } = box.getBoundingClientRect();
    narrow = width < 768;
    svg.attr("width", width).attr("height", height);
    time
      .domain([0, Math.max(1, moment.story.endUs)])
      .range([narrow ? 16 : 104, width - (narrow ? 16 : 24)]);
    drawStill(still, moment, time, narrow);
    svg.attr("aria-valuemax", Math.round(moment.story.endUs / 1000));
  }

  function draw(moment: Moment, fromUs: number, toUs: number): void {
    const x = time(moment.nowUs);
    const bottom = narrow ? 44 : 96;
    const from = Math.max(time(0), time(fromUs));
    const to = Math.min(time(moment.story.endUs), time(toUs));
    camera
      .attr("x", from)
      .attr("width", Math.max(1, to - from))
      .attr("height", bottom - 2);
    line.attr("x1", x).attr("x2", x).attr("y1", 2).attr("y2", bottom);
    head.attr("transform", `translate(${x},${-2})`);
    svg.attr("aria-valuenow", Math.round(moment.nowUs / 1000));
    svg.attr("aria-valuetext", `${(moment.nowUs / 1e6).toFixed(3)} seconds`);
  }

  const seek = (event: PointerEvent): void => {
    const [left] = time.range();
    const x = event.clientX - box.getBoundingClientRect().left;
    if (x >= (left ?? 0) - 24) player.seekTo(time.invert(x));
  };
  svg
    .on("pointerdown", (event: PointerEvent) => {
      svg.node()?.setPointerCapture(event.pointerId);
      player.pause();
      seek(event);
    })
    .on("pointermove", (event: PointerEvent) => {
      if (event.buttons === 1) seek(event);
    });

  return { draw, resize };
}

type Group = Selection<SVGGElement, unknown, null, undefined>;
type TimeScale = ScaleLinear<number, number>;

function drawStill(group: Group, moment: Moment, time: TimeScale, narrow: boolean): void {
  group.selectAll("*").remove();
  const { story } = moment;
  const tall = 20;
  const top = narrow ? 8 : ROWS.main - tall / 2;
  drawSpans(group, story, time, top, tall);
  drawFaults(group, story, time, narrow);
  if (narrow) return;
  const labels = [
    ["main", ROWS.main, "strong"],
    ["events", ROWS.events, "quiet"],
    ["faults", ROWS.faults, "quiet"],
    ["invariants", ROWS.checks, "quiet"],
  ] as const;
  for (const [text, y, tone] of labels) {
    group
      .append("text")
      .attr("class", `label ${tone}`)
      .attr("x", 24)
      .attr("y", y + 4.5)
      .text(text);
  }
  drawDensity(group, moment, time);
  drawChecks(group, story, time);
  drawAxis(group, story, time);
}

function drawSpans(group: Group, story: Story, time: TimeScale, top: number, tall: number): void {
  const place = (kind: string, fromUs: number, toUs: number, least: number): void => {
    group
      .append("rect")
      .attr("class", "span")
      .attr("data-kind", kind)
      .attr("x", time(fromUs))
      .attr("y", top)
      .attr("width", Math.max(least, time(toUs) - time(fromUs)))
      .attr("height", tall);
  };
  for (const epoch of story.epochs) {
    place("epoch", epoch.fromUs, epoch.toUs, 1);
    const width = time(epoch.toUs) - time(epoch.fromUs);
    const full = `epoch ${epoch.epoch}, leader ${epoch.leader}`;
    const text = [full, `epoch ${epoch.epoch}`, String(epoch.epoch)].find(
      (each) => textWidth(each, 12) + 16 < width,
    );
    if (text === undefined) continue;
    group
      .append("text")
      .attr("class", "label strong blue")
      .attr("x", time(epoch.fromUs) + 8)
      .attr("y", top + 14.5)
      .text(text);
  }
  for (const election of story.elections) {
    if (election.toUs > election.fromUs) place("election", election.fromUs, election.toUs, 4);
  }
}

/** Faults as bars, with words where they do not collide. */
function drawFaults(group: Group, story: Story, time: TimeScale, narrow: boolean): void {
  const y = narrow ? 32 : ROWS.faults - 5;
  const height = narrow ? 6 : 10;
  const spans = story.faults.filter((fault) => fault.toUs > fault.fromUs);
  for (const fault of spans) {
    group
      .append("rect")
      .attr("class", "span")
      .attr("data-kind", "fault")
      .attr("x", time(fault.fromUs))
      .attr("y", y)
      .attr("width", Math.max(3, time(fault.toUs) - time(fault.fromUs)))
      .attr("height", height)
      .append("title")
      .text(fault.label);
  }
  if (!narrow) labelFaults(group, spans, time);
}

/** One label for bars that touch, after the last of them, if it fits before the next. */
function labelFaults(group: Group, spans: readonly FaultSpan[], time: TimeScale): void {
  const clusters: { end: number; start: number; words: string[] }[] = [];
  for (const fault of spans) {
    const last = clusters[clusters.length - 1];
    const start = time(fault.fromUs);
    const end = Math.max(start + 3, time(fault.toUs));
    const word =
      fault.kind === "wall" && fault.to.length > 2 ? `wall ${fault.sid} → all` : fault.label;
    if (last !== undefined && start <= last.end + 2) {
      last.end = Math.max(last.end, end);
      if (!last.words.includes(word)) last.words.push(word);
    } else clusters.push({ start, end, words: [word] });
  }
  const right = time.range()[1] ?? 0;
  clusters.forEach((cluster, index) => {
    const room = (clusters[index + 1]?.start ?? right) - cluster.end - 12;
    const full = cluster.words.join(", ");
    const text = [full, `${cluster.words.length} faults`].find(
      (each) => textWidth(each, 12) < room,
    );
    if (text === undefined) {
      const inside = cluster.end - cluster.start - 16;
      if (textWidth(full, 12) > inside) return;
      group
        .append("text")
        .attr("class", "label halo-ground")
        .attr("x", cluster.start + 8)
        .attr("y", ROWS.faults + 4.5)
        .text(full);
      return;
    }
    group
      .append("text")
      .attr("class", "label")
      .attr("x", cluster.end + 6)
      .attr("y", ROWS.faults + 4.5)
      .text(text);
  });
}

/** How much happened, pixel by pixel: the square root keeps both a lone event and a storm visible. */
function drawDensity(group: Group, moment: Moment, time: TimeScale): void {
  const { columns } = moment.trace;
  const [left = 0, right = 0] = time.range();
  const counts = new Float64Array(Math.max(1, Math.ceil((right - left) / 2)));
  const perBin = moment.story.endUs / counts.length;
  const stride = Math.max(1, Math.floor(columns.rows / 400_000));
  for (let row = 0; row < columns.rows; row += stride) {
    const bin = Math.min(counts.length - 1, Math.floor(atOf(columns, row) / perBin));
    counts[bin] = (counts[bin] as number) + stride;
  }
  const most = Math.sqrt(counts.reduce((max, count) => Math.max(max, count), 1));
  const path: string[] = [];
  counts.forEach((count, bin) => {
    if (count === 0) return;
    const height = Math.max(1, (Math.sqrt(count) / most) * 16);
    path.push(
      `M${left + bin * 2} ${ROWS.events + 8}v-${Math.round(height * 10) / 10}h1.500V${ROWS.events + 8}z`,
    );
  });
  group.append("path").attr("class", "density").attr("d", path.join(""));
}

function drawChecks(group: Group, story: Story, time: TimeScale): void {
  const first = story.violations[0];
  const end = first === undefined ? story.endUs : first.atUs;
  const segment = (fromUs: number, toUs: number, ok: boolean): void => {
    group
      .append("line")
      .attr("class", "invariant")
      .attr("data-ok", String(ok))
      .attr("x1", time(fromUs))
      .attr("x2", time(toUs))
      .attr("y1", ROWS.checks)
      .attr("y2", ROWS.checks);
  };
  segment(0, end, true);
  if (first === undefined) {
    const right = time.range()[1] ?? 0;
    group
      .append("rect")
      .attr("class", "plate")
      .attr("x", right - 62)
      .attr("y", ROWS.checks - 8)
      .attr("width", 62)
      .attr("height", 16);
    group
      .append("text")
      .attr("class", "label strong green")
      .attr("text-anchor", "end")
      .attr("x", right)
      .attr("y", ROWS.checks + 4.5)
      .text("✓ all hold");
    return;
  }
  segment(first.atUs, story.endUs, false);
  for (const mark of story.violations.slice(0, 200)) {
    group
      .append("path")
      .attr("class", "cross big")
      .attr("d", crossPath(5))
      .attr("transform", `translate(${time(mark.atUs)},${ROWS.checks})`);
  }
  const x = time(first.atUs);
  const before = x > (time.range()[1] ?? 0) - textWidth(first.text, 12) - 16;
  const text = first.text.slice(0, 90);
  const width = textWidth(text, 12) + 16;
  group
    .append("rect")
    .attr("class", "plate")
    .attr("x", before ? x - 10 - width : x + 10)
    .attr("y", ROWS.checks - 8)
    .attr("width", width)
    .attr("height", 16);
  group
    .append("text")
    .attr("class", "label fault")
    .attr("text-anchor", before ? "end" : "start")
    .attr("x", x + (before ? -12 : 12))
    .attr("y", ROWS.checks + 4.5)
    .text(text);
}

function drawAxis(group: Group, story: Story, time: TimeScale): void {
  const [left = 0, right = 0] = time.range();
  const step = axisStep((story.endUs / Math.max(1, right - left)) * 120);
  for (let us = 0; us <= story.endUs; us += step) {
    const last = us + step > story.endUs;
    const x = time(us);
    group
      .append("text")
      .attr("class", "label quiet")
      .attr("text-anchor", last && right - x < 20 ? "end" : "middle")
      .attr("x", x)
      .attr("y", ROWS.axis + 6)
      .text(`${axisText(us, step)}${last ? " s" : ""}`);
  }
}

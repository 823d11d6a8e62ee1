import { scaleLinear, select } from "d3";
import { atOf } from "../../sim/trace/columns.ts";
import type { Moment, Player } from "../player/player.ts";
import type { Story } from "../player/story.ts";
import type { Group } from "./field-lanes.ts";
import { drawOverviewChecks, drawOverviewFaults, type TimeScale } from "./overview-faults.ts";
import { textWidth } from "./shapes.ts";
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
  let boxLeft = 0;

  function resize(moment: Moment): void {
    const { left: boxAt, width, height } = box.getBoundingClientRect();
    boxLeft = boxAt;
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
    const x = event.clientX - boxLeft;
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

function drawStill(group: Group, moment: Moment, time: TimeScale, narrow: boolean): void {
  group.selectAll("*").remove();
  const { story } = moment;
  const tall = 20;
  const top = narrow ? 8 : ROWS.main - tall / 2;
  drawSpans(group, story, time, top, tall);
  drawOverviewFaults(group, moment, time, narrow ? 32 : ROWS.faults - 5, narrow);
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
  drawOverviewChecks(group, story, time, ROWS.checks);
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

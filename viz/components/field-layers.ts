import { select } from "d3";
import type { Group } from "./field-lanes.ts";
import type { Geometry } from "./field-geometry.ts";

/** The sheets of the field, from the back to the front. */
export type Layers = {
  readonly stage: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly bands: Group;
  readonly grid: Group;
  readonly lanes: Group;
  readonly faults: Group;
  readonly lines: Group;
  readonly ends: Group;
  readonly marks: Group;
  readonly sessions: Group;
  readonly clients: Group;
  readonly words: Group;
  readonly frame: Group;
  readonly now: Group;
  /** Those that stand still in time, and so move on the stage. */
  readonly moving: readonly Group[];
};

export function fieldLayers(stage: HTMLElement): Layers {
  const back = select(stage).append("svg").attr("class", "back").attr("aria-hidden", "true");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  stage.append(canvas);
  const front = select(stage).append("svg").attr("class", "front").attr("aria-hidden", "true");
  for (const [svg, id] of [
    [back, "clip-back"],
    [front, "clip-front"],
  ] as const) {
    svg.append("defs").append("clipPath").attr("id", id).append("rect");
  }
  const bands = back.append("g").attr("clip-path", "url(#clip-back)").append("g");
  const grid = front.append("g");
  const clipped = front.append("g").attr("clip-path", "url(#clip-front)");
  const [lanes, faults, lines, ends, marks, sessions, clients, words] = [
    clipped.append("g"),
    clipped.append("g"),
    clipped.append("g"),
    clipped.append("g"),
    clipped.append("g"),
    clipped.append("g"),
    clipped.append("g"),
    clipped.append("g"),
  ];
  return {
    stage,
    canvas,
    bands,
    grid,
    lanes,
    faults,
    lines,
    ends,
    marks,
    sessions,
    clients,
    words,
    frame: front.append("g"),
    now: front.append("g"),
    moving: [bands, lanes, faults, lines, ends, marks, sessions, clients],
  };
}

/** Fits the sheets to the stage, and what moves to the window in it. */
export function sizeLayers({ stage }: Layers, geometry: Geometry): void {
  const { vertical, width, height, start, end } = geometry;
  const svgs = select(stage).selectAll(":scope > svg");
  svgs.attr("width", width).attr("height", height);
  svgs
    .selectAll("clipPath rect")
    .attr("x", vertical ? 0 : start)
    .attr("y", vertical ? start : 0)
    .attr("width", vertical ? width : end - start)
    .attr("height", vertical ? end - start : height);
}

import { Fate, visitMessages, type MessageTable } from "../player/messages.ts";
import { messageWord } from "../player/words.ts";
import { laneOf, type Geometry } from "./field-geometry.ts";
import type { MessageMark } from "./field-messages.ts";

/** The colours of the page, read once a theme: a canvas knows no custom properties. */
export type Palette = { readonly zab: string; readonly election: string; readonly fault: string };

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return { zab: read("--blue"), election: read("--amber"), fault: read("--fault") };
}

/** Gives the canvas as many device pixels as it covers, clears it, and lets nothing be drawn beside the window. */
export function prepareCanvas(
  canvas: HTMLCanvasElement,
  { vertical, width, height, start, end }: Geometry,
): CanvasRenderingContext2D | null {
  const ratio = Math.min(2, devicePixelRatio);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.save();
  context.beginPath();
  if (vertical) context.rect(0, start, width, end - start);
  else context.rect(start, 0, end - start, height);
  context.clip();
  return context;
}

/** Thousands of lines in two strokes. `shift` brings content to its place on the stage. */
export function strokeMessages(
  context: CanvasRenderingContext2D,
  marks: readonly MessageMark[],
  geometry: Geometry,
  shift: number,
  palette: Palette,
): void {
  const [dx, dy] = geometry.vertical ? [0, shift] : [shift, 0];
  context.lineWidth = 1;
  context.globalAlpha = marks.length > 4000 ? 0.35 : 0.6;
  for (const family of ["zab", "election"] as const) {
    context.strokeStyle = palette[family];
    context.beginPath();
    for (const mark of marks) {
      if (mark.family !== family) continue;
      context.moveTo(mark.from[0] + dx, mark.from[1] + dy);
      context.lineTo(mark.to[0] + dx, mark.to[1] + dy);
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** When lines would be hairs: bars over each lane, as high as the logarithm of what was heard in that pixel. */
export function fillDensity(
  context: CanvasRenderingContext2D,
  table: MessageTable,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
  palette: Palette,
): number {
  const length = Math.max(1, Math.ceil(geometry.end - geometry.start));
  const counts = new Map(geometry.sids.map((sid) => [sid, new Float64Array(length)]));
  let election = 0;
  let total = 0;
  visitMessages(table, fromUs, toUs, (index) => {
    if (table.fate[index] !== Fate.heard) return true;
    const bins = counts.get(table.to[index] as number);
    const bin = Math.floor(((table.endUs[index] as number) - fromUs) * geometry.pxPerUs);
    if (bins === undefined || bin < 0 || bin >= length) return true;
    bins[bin] = (bins[bin] as number) + 1;
    total++;
    if (messageWord(table.code[index] as number).family === "election") election++;
    return true;
  });
  context.fillStyle = election * 2 > total ? palette.election : palette.zab;
  context.globalAlpha = 0.55;
  const most = Math.min(28, geometry.pitch * 0.42);
  for (const [sid, bins] of counts) {
    const across = laneOf(geometry, sid) ?? 0;
    for (let bin = 0; bin < length; bin++) {
      const count = bins[bin] as number;
      if (count === 0) continue;
      const size = Math.min(most, 2 + Math.log2(count + 1) * 3);
      if (geometry.vertical) context.fillRect(across - size, geometry.start + bin, size, 1);
      else context.fillRect(geometry.start + bin, across - size, 1, size);
    }
  }
  context.globalAlpha = 1;
  return total;
}

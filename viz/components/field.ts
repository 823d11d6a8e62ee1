import { messageBehind } from "../player/explain.ts";
import type { MessageTable } from "../player/messages.ts";
import type { Moment, Player } from "../player/player.ts";
import { spansIn } from "../player/story.ts";
import { countText, durationText, isNotification } from "../player/words.ts";
import { coneOf, type Cone } from "./cone.ts";
import {
  fillDensity,
  prepareCanvas,
  readPalette,
  strokeMessages,
  type Palette,
} from "./field-canvas.ts";
import { drawClients } from "./field-clients.ts";
import { drawBands, drawFaults, drawFaultWords, drawLanes } from "./field-lanes.ts";
import { drawMarks } from "./field-marks.ts";
import {
  drawMessageEnds,
  drawMessages,
  LINES_MAX,
  MARKS_MAX,
  messageAt,
  messageMarks,
  messageTitle,
  typicalUs,
  type MessageMark,
} from "./field-messages.ts";
import { along, fieldGeometry, type Geometry } from "./field-geometry.ts";
import { drawSessions } from "./field-sessions.ts";
import { drawFrame, drawGrid } from "./field-frame.ts";
import { drawNow } from "./field-now.ts";
import { fieldLayers, sizeLayers } from "./field-layers.ts";
import { listenToPointer } from "./field-pointer.ts";
import type { Point } from "./shapes.ts";
import { sizeOf } from "./size.ts";

/** Now stands here: what happened to the left, what is recorded to come to the right. */
const NOW_PART = 5 / 6;
const SPAN_MIN_US = 500;
/** How much is drawn beyond the window at either side, in windows. */
const MARGIN = 0.3;

export type Field = {
  readonly draw: (moment: Moment) => void;
  /** Shows so much time, in µs. */
  readonly show: (spanUs: number) => void;
  readonly zoom: (factor: number) => void;
  /** Draws from nothing: another size, another theme. */
  readonly refresh: () => void;
  readonly window: () => readonly [fromUs: number, toUs: number];
};

/**
 * Space-time: servers against time, messages as straight lines from where they were sent to where they were heard.
 * Content a little wider than the window is drawn once and then only moved, until the window leaves it.
 */
export function spaceTimeField(stage: HTMLElement, subtitle: HTMLElement, player: Player): Field {
  const size = sizeOf(stage);
  const layers = fieldLayers(stage);

  let spanUs = firstSpan(player.moment());
  let drawn: Drawn | null = null;
  let palette: Palette | null = null;
  let moment: Moment = player.moment();

  function windowOf(nowUs: number): readonly [number, number] {
    const start = Math.max(-spanUs * 0.02, nowUs - spanUs * NOW_PART);
    return [start, start + spanUs];
  }

  function draw(next: Moment): void {
    moment = next;
    const { width, height } = size();
    if (width === 0) return;
    const [fromUs, toUs] = windowOf(moment.nowUs);
    if (drawn === null || !holds(drawn, moment, width, height, spanUs, fromUs, toUs)) {
      drawn = drawContent(width, height, fromUs);
    }
    const { geometry } = drawn;
    lightSelection(drawn);
    const shift = geometry.start - along(geometry, fromUs);
    for (const group of layers.moving) {
      group.attr(
        "transform",
        geometry.vertical ? `translate(0,${shift})` : `translate(${shift},0)`,
      );
    }
    paintCanvas(drawn, shift, fromUs, toUs);
    drawGrid(layers.grid, geometry, fromUs, toUs);
    drawFaultWords(layers.words, moment.story, geometry, fromUs, toUs);
    drawFrame(layers.frame, moment, geometry, fromUs, toUs);
    drawNow(layers.now, moment, geometry, fromUs);
    subtitle.textContent = subtitleOf(drawn);
    stage.dataset["mode"] = drawn.mode;
    stage.dataset["fromUs"] = String(Math.round(fromUs));
  }

  function drawContent(width: number, height: number, fromUs: number): Drawn {
    const from = fromUs - spanUs * MARGIN;
    const to = fromUs + spanUs * (1 + MARGIN);
    const { trace, story } = moment;
    const geometry = fieldGeometry(trace.header, width, height, from, spanUs);
    sizeLayers(layers, geometry);
    const lines = messageMarks(story.messages, geometry, from, to, LINES_MAX);
    const mode = lines.length > LINES_MAX ? "density" : lines.length > MARKS_MAX ? "canvas" : "svg";
    drawLanes(layers.lanes, story, geometry, from, to);
    drawFaults(layers.faults, story, geometry, from, to);
    drawMessageEnds(layers.ends, mode === "svg" ? lines : []);
    drawMarks(layers.marks, story, geometry, player, from, to);
    drawSessions(layers.sessions, story, geometry, from, to);
    drawClients(layers.clients, story, geometry, player, from, to);
    return {
      geometry,
      mode,
      lines,
      fromUs: from,
      toUs: to,
      moment,
      width,
      height,
      spanUs,
      lit: -2,
      cone: null,
      shown: 0,
    };
  }

  /** The cone costs a pass over the window's messages, so it is only found again for another selection. */
  function lightSelection(content: Drawn): void {
    const selected = player.selection();
    const index = selected === null ? -1 : messageBehind(moment.trace, moment.story, selected.row);
    const row = selected?.row ?? -1;
    if (content.lit === row) return;
    content.lit = row;
    const { messages: table } = moment.story;
    content.cone = isInside(table, index, content)
      ? coneOf(table, index, content.fromUs, content.toUs)
      : null;
    const lines = content.mode === "svg" ? content.lines : [];
    drawMessages(layers.lines, lines, table, content.cone, index < 0 ? null : index);
    layers.marks
      .selectAll<SVGGElement, { readonly row: number }>("g.vote-token")
      .attr("data-selected", (mark) => String(mark.row === row));
    drawBands(
      layers.bands,
      moment.story,
      content.geometry,
      content.cone,
      content.fromUs,
      content.toUs,
    );
  }

  function paintCanvas(content: Drawn, shift: number, fromUs: number, toUs: number): void {
    const { canvas } = layers;
    canvas.hidden = content.mode === "svg";
    if (content.mode === "svg") return;
    const { geometry, lines } = content;
    const context = prepareCanvas(canvas, geometry);
    if (context === null) return;
    palette ??= readPalette(stage);
    if (content.mode === "canvas") strokeMessages(context, lines, geometry, shift, palette);
    else {
      const { messages } = moment.story;
      content.shown = fillDensity(context, messages, geometry, fromUs, toUs, palette);
    }
    context.restore();
  }

  function subtitleOf(content: Drawn): string {
    if (content.cone !== null) {
      const code = moment.story.messages.code[content.cone.message] as number;
      const what = isNotification(code) ? "vote" : "message";
      return `lit: what led to the selected ${what}, and what it led to`;
    }
    if (content.mode === "density")
      return `${countText(content.shown)} messages, counted: zoom in to see each`;
    const election = spansIn(moment.story.elections, moment.nowUs, moment.nowUs)[0];
    if (election !== undefined && election.fromUs > 0 && election.toUs > moment.nowUs) {
      return `${durationText(moment.nowUs - election.fromUs)} without a leader`;
    }
    return `${durationText(spanUs)} in view`;
  }

  function show(nextUs: number): void {
    const most = Math.max(SPAN_MIN_US, moment.story.endUs * 1.25);
    spanUs = Math.min(most, Math.max(SPAN_MIN_US, nextUs));
    player.select(player.selection());
  }

  const zoom = (factor: number): void => show(spanUs * factor);

  function refresh(): void {
    palette = null;
    drawn = null;
    draw(player.moment());
  }

  /** The message at a place of the stage, where messages are drawn one by one. */
  function messageNear([x, y]: Point): MessageMark | null {
    if (drawn === null || drawn.mode === "density") return null;
    const { geometry, lines } = drawn;
    const shift = geometry.start - along(geometry, windowOf(moment.nowUs)[0]);
    return messageAt(lines, geometry.vertical ? [x, y - shift] : [x - shift, y]);
  }

  listenToPointer(stage, player, {
    geometry: () => drawn?.geometry ?? null,
    zoom,
    titleAt: (at) => {
      const mark = messageNear(at);
      return mark === null ? "" : messageTitle(moment.story.messages, mark);
    },
    rowAt: (at) => {
      const mark = messageNear(at);
      return mark === null ? null : (moment.story.messages.sentRow[mark.index] as number);
    },
  });
  return { draw, show, zoom, refresh, window: () => windowOf(moment.nowUs) };
}

/** So much that messages slant, and that an election with waits of 200 ms fits where they are slow. */
function firstSpan(moment: Moment): number {
  return Math.min(400_000, Math.max(40_000, typicalUs(moment.story.messages) * 200));
}

type Drawn = {
  readonly geometry: Geometry;
  readonly mode: "svg" | "canvas" | "density";
  readonly lines: readonly MessageMark[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly moment: Moment;
  readonly width: number;
  readonly height: number;
  readonly spanUs: number;
  /** The row whose cone is lit; −2 before the first time. */
  lit: number;
  cone: Cone | null;
  shown: number;
};

/** Whether a message, −1 for none, was under way in what is drawn. */
function isInside(table: MessageTable, index: number, { fromUs, toUs }: Drawn): boolean {
  return (
    index >= 0 &&
    (table.sentUs[index] as number) <= toUs &&
    (table.endUs[index] as number) >= fromUs
  );
}

function holds(
  drawn: Drawn,
  moment: Moment,
  width: number,
  height: number,
  spanUs: number,
  fromUs: number,
  toUs: number,
): boolean {
  return (
    drawn.width === width &&
    drawn.height === height &&
    drawn.spanUs === spanUs &&
    drawn.moment.story === moment.story &&
    fromUs >= drawn.fromUs &&
    toUs <= drawn.toUs
  );
}

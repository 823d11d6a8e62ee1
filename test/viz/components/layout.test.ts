import * as fc from "fast-check";
import { expect, test } from "vitest";
import { coneOf, isInCone } from "../../../viz/components/cone.ts";
import { along, boxOf, fieldGeometry, laneOf } from "../../../viz/components/field-geometry.ts";
import { logPage } from "../../../viz/components/logs-layout.ts";
import { ringLayout } from "../../../viz/components/ring-layout.ts";
import { axisStep, axisText, axisTicks } from "../../../viz/components/time-axis.ts";
import { createView } from "../../../sim/trace/view.ts";
import { makeSampleTrace, SAMPLE_HEADER } from "../../support/sample-trace.ts";
import { runOf } from "../../support/sample-run.ts";

const servers = (count: number, observers = 0): { sid: number; role: string }[] =>
  Array.from({ length: count }, (_, index) => ({
    sid: index + 1,
    role: index >= count - observers ? "observer" : "participant",
  }));

test("servers stand clockwise from the top, apart from one another", () => {
  for (const [count, observers] of [
    [1, 0],
    [3, 0],
    [5, 2],
    [7, 0],
    [9, 0],
  ] as const) {
    const { places, disc } = ringLayout(servers(count, observers), 392, 296);
    expect(places[0]?.at[1]).toBe(Math.min(...places.map(({ at }) => at[1])));
    for (const a of places) {
      for (const b of places) {
        if (a.sid >= b.sid) continue;
        const apart = Math.hypot(a.at[0] - b.at[0], a.at[1] - b.at[1]);
        expect(apart, `${a.sid} and ${b.sid} of ${count}`).toBeGreaterThan(2 * disc + 8);
      }
    }
  }
});

test("a server's angle does not depend on its state", () => {
  expect(ringLayout(servers(5), 392, 296)).toEqual(ringLayout(servers(5), 392, 296));
});

test("time runs along, servers stand across, whichever way the field is turned", () => {
  for (const width of [700, 360]) {
    const geometry = fieldGeometry(SAMPLE_HEADER, width, 560, 1_000, 400_000);
    expect(geometry.vertical).toBe(width < 600);
    expect(along(geometry, 401_000) - along(geometry, 1_000)).toBeCloseTo(
      geometry.end - geometry.start,
    );
    const lanes = SAMPLE_HEADER.servers.map(({ sid }) => laneOf(geometry, sid) ?? NaN);
    lanes.slice(1).forEach((lane, index) => expect(lane).toBeGreaterThan(lanes[index] as number));
    expect(Math.max(...lanes)).toBeLessThan(geometry.vertical ? width : 560);
    const box = boxOf(geometry, 1_000, 401_000, 10, 30);
    expect(geometry.vertical ? box.height : box.width).toBeCloseTo(geometry.end - geometry.start);
  }
});

test("the log's columns stay while stepping inside a page and show the newest entry", () => {
  const zxids = Array.from({ length: 40 }, (_, index) => BigInt(index + 1));
  let pages = 0;
  let first = 0n;
  for (const newest of zxids) {
    const view = createView(SAMPLE_HEADER);
    for (const server of view.servers) server.logged = newest;
    const { columns } = logPage(zxids, view, 7);
    expect(columns.at(-1)?.zxid).toBe(newest);
    expect(columns.length).toBeLessThanOrEqual(7);
    if (columns[0]?.zxid !== first) pages++;
    first = columns[0]?.zxid ?? 0n;
  }
  expect(pages).toBeLessThan(12);
});

test("a message is in the cone of what it led to", () => {
  const { story } = runOf(makeSampleTrace());
  const { messages } = story;
  const picked = messages.fate.indexOf(1, 300);
  const cone = coneOf(messages, picked, 0, story.endUs);

  expect(isInCone(cone, messages, picked)).toBe(true);
  const end = messages.endUs[picked] as number;
  for (let index = 0; index < messages.count; index++) {
    if (messages.from[index] !== messages.to[picked]) continue;
    if ((messages.sentUs[index] as number) >= end) {
      expect(isInCone(cone, messages, index)).toBe(true);
      break;
    }
  }
  for (const until of cone.past.values()) expect(until).toBeLessThan(end);
});

test("ticks are as far apart as asked and have texts of their own", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000_000 }), (leastUs) => {
      const step = axisStep(leastUs);
      expect(step).toBeGreaterThanOrEqual(leastUs);
      expect(step).toBeLessThanOrEqual(leastUs * 10);
      const texts = axisTicks(0, step * 6, step).map((us) => axisText(us, step));
      expect(new Set(texts).size).toBe(texts.length);
    }),
  );
});

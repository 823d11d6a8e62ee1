import { expect, test } from "vitest";
import { viewAt } from "../../../sim/trace/seek.ts";
import { samplePlayer } from "../../support/sample-run.ts";

test("a step shows a whole turn, and the step back undoes it", () => {
  const player = samplePlayer();
  player.seekTo(12_240_000);
  const { rows, view } = player.moment();

  player.step(1);
  const next = player.moment();
  player.step(-1);

  expect(next.turnRow).toBe(rows);
  expect(next.view.turn).not.toBe(view.turn);
  expect(player.moment().rows).toBe(rows);
  expect(player.moment().view).toEqual(view);
});

test("stepping to the end and back to the start visits every turn once", () => {
  const player = samplePlayer();
  const { columns } = player.moment().trace;
  const forth: number[] = [];
  while (player.moment().rows < columns.rows) {
    player.step(1);
    forth.push(player.moment().rows);
  }
  const back: number[] = [];
  while (player.moment().rows > 0) {
    back.push(player.moment().rows);
    player.step(-1);
  }

  expect(forth.length).toBeGreaterThan(500);
  expect(back.reverse()).toEqual(forth);
});

test("an instant shows the same, however one came there", () => {
  const player = samplePlayer();
  const atUs = 14_000_000;
  player.seekTo(atUs);
  const direct = player.moment();
  for (let us = 13_900_000; us <= atUs; us += 1_700) player.seekTo(us);
  player.seekTo(atUs);

  expect(player.moment().view).toEqual(direct.view);
  expect(player.moment().view).toEqual(viewAt(direct.trace, atUs));
});

test("a round stops only where there is something to say", () => {
  const player = samplePlayer();
  player.seekTo(12_199_000);

  player.round(1);

  expect(player.moment().nowUs).toBe(12_200_000);
  expect(player.moment().view.servers[4]?.life).toBe("crashed");
});

test("the instant stays inside the run", () => {
  const player = samplePlayer();

  player.seekTo(-5);
  expect(player.moment().nowUs).toBe(0);
  player.seekTo(1e12);
  expect(player.moment().nowUs).toBe(30_000_000);
});

import { describe, expect, test } from "vitest";
import {
  cancel,
  createKernel,
  resume,
  run,
  schedule,
  step,
  stop,
} from "../../../sim/kernel/kernel.ts";

const ignore = (): void => {};

describe("order", () => {
  test("events of one instant happen in the order in which they were scheduled", () => {
    const kernel = createKernel();
    for (let target = 0; target < 100; target++) schedule(kernel, 7, 0, target);
    const heard: number[] = [];

    run(kernel, 7, (turn) => heard.push(turn.target));

    expect(heard).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  test("an event scheduled for the current instant happens after those that were there before", () => {
    const kernel = createKernel();
    const heard: number[] = [];
    schedule(kernel, 5, 0, 1);
    schedule(kernel, 5, 0, 2);

    run(kernel, 5, (turn) => {
      heard.push(turn.target);
      if (turn.target === 1) schedule(kernel, 5, 0, 3);
    });

    expect(heard).toEqual([1, 2, 3]);
  });

  test("a turn carries the columns of its event as they went in", () => {
    const kernel = createKernel();
    const payload = { text: "hello" };
    schedule(kernel, 3, 2, -1, 2 ** 40 + 1, payload);

    step(kernel, (turn) => {
      expect({ ...turn }).toEqual({ atUs: 3, kind: 2, target: -1, argument: 2 ** 40 + 1, payload });
    });

    expect(kernel.turnCount).toBe(1);
  });

  test("time jumps to the event, and to the end of the run behind the last one", () => {
    const kernel = createKernel();
    schedule(kernel, 1_000_000, 0, 0);

    const instants: number[] = [];
    run(kernel, 2_000_000, (turn) => instants.push(turn.atUs, kernel.nowUs));

    expect(instants).toEqual([1_000_000, 1_000_000]);
    expect(kernel.nowUs).toBe(2_000_000);
  });
});

describe("cancel", () => {
  test("a cancelled event does not happen", () => {
    const kernel = createKernel();
    schedule(kernel, 1, 0, 1);
    const second = schedule(kernel, 2, 0, 2);
    schedule(kernel, 3, 0, 3);
    const heard: number[] = [];

    expect(cancel(kernel, second)).toBe(true);
    run(kernel, 10, (turn) => heard.push(turn.target));

    expect(heard).toEqual([1, 3]);
  });

  test("a handle whose event has happened cancels nothing, even when its slot holds another event", () => {
    const kernel = createKernel();
    const first = schedule(kernel, 1, 0, 1);
    step(kernel, ignore);
    schedule(kernel, 2, 0, 2);

    expect(cancel(kernel, first)).toBe(false);
    expect(kernel.queue.count).toBe(1);
  });

  test("a timer that is moved a million times leaves one event behind", () => {
    const kernel = createKernel();
    let timer = schedule(kernel, 10, 0, 0);
    for (let moved = 1; moved <= 1_000_000; moved++) {
      cancel(kernel, timer);
      timer = schedule(kernel, 10 + moved, 0, 0);
    }

    expect(kernel.queue.count).toBe(1);
    expect(kernel.queue.heap.length).toBe(64);
  });
});

describe("the end of a run", () => {
  test("events behind the end stay pending", () => {
    const kernel = createKernel();
    schedule(kernel, 5, 0, 0);
    schedule(kernel, 6, 0, 0);

    expect(run(kernel, 5, ignore)).toBe("reached");
    expect(kernel.queue.count).toBe(1);
    expect(run(kernel, Infinity, ignore)).toBe("drained");
    expect(kernel.nowUs).toBe(6);
  });

  test("a budget of turns ends a run that would never end, and says so", () => {
    const kernel = createKernel({ turnsMax: 1000, untilUsMax: Infinity });
    schedule(kernel, 0, 0, 0);

    const end = run(kernel, Infinity, (turn) => schedule(kernel, turn.atUs, 0, 0));

    expect(end).toBe("turnsExceeded");
    expect(kernel.turnCount).toBe(1000);
  });

  test("a budget of virtual time ends a run at that instant, and says so", () => {
    const kernel = createKernel({ turnsMax: Infinity, untilUsMax: 100 });
    schedule(kernel, 0, 0, 0);

    const end = run(kernel, 500, (turn) => schedule(kernel, turn.atUs + 30, 0, 0));

    expect(end).toBe("timeExceeded");
    expect(kernel.nowUs).toBe(100);
    expect(kernel.turnCount).toBe(4);
  });

  test("a handler can stop the run, which goes on where it was after a resume", () => {
    const kernel = createKernel();
    schedule(kernel, 1, 0, 0);
    schedule(kernel, 2, 0, 0);

    expect(run(kernel, 10, () => stop(kernel))).toBe("stopped");
    expect(kernel.nowUs).toBe(1);
    resume(kernel);
    expect(run(kernel, 10, ignore)).toBe("drained");
  });
});

describe("misuse", () => {
  test.each([
    ["in the past", 9],
    ["between two microseconds", 10.5],
    ["that is not a number", NaN],
  ])("an instant %s is refused", (_, atUs) => {
    const kernel = createKernel();
    run(kernel, 10, ignore);

    expect(() => schedule(kernel, atUs, 0, 0)).toThrow(RangeError);
  });
});

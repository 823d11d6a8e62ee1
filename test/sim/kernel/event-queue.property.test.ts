import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  cancel,
  createEventQueue,
  nextAtUs,
  popSlot,
  push,
  type Handle,
} from "../../../sim/kernel/event-queue.ts";

type Step =
  | { readonly kind: "push"; readonly atUs: number }
  | { readonly kind: "pop" }
  | { readonly kind: "cancel"; readonly which: number };

// Few instants on purpose: ties are what a heap gets wrong. Few pops, so that it grows deep branches.
const anyInstant = fc.oneof(fc.nat(3), fc.nat(100));
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("push" as const), atUs: anyInstant }) },
  { weight: 1, arbitrary: fc.constant({ kind: "pop" as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(200) }) },
);

test("the queue agrees with a sorted list, whatever is pushed, popped and cancelled", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 20, maxLength: 200 }), (steps) => {
      const queue = createEventQueue(4);
      const handles: Handle[] = [];
      let model: { atUs: number; order: number }[] = [];
      const drain: Step[] = steps.map(() => ({ kind: "pop" }));
      for (const step of [...steps, ...drain]) {
        if (step.kind === "push") {
          const order = handles.length;
          model.push({ atUs: step.atUs, order });
          handles.push(push(queue, step.atUs, 0, order, 0, undefined));
        } else if (step.kind === "cancel") {
          const order = step.which % Math.max(1, handles.length);
          const isThere = model.some((event) => event.order === order);
          expect(cancel(queue, handles[order] ?? 0)).toBe(isThere);
          model = model.filter((event) => event.order !== order);
        } else if (model.length > 0) {
          model.sort((a, b) => a.atUs - b.atUs || a.order - b.order);
          const expected = model.shift();
          expect(nextAtUs(queue)).toBe(expected?.atUs);
          expect(queue.target[popSlot(queue)]).toBe(expected?.order);
        }
        expect(queue.count).toBe(model.length);
      }
    }),
    { seed: 1, numRuns: 1000 },
  );
});

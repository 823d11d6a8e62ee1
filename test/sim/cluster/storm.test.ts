import * as fc from "fast-check";
import { expect, test } from "vitest";
import { storm } from "../../support/storm.ts";

const calmEnd = { violations: [], exits: [], treeCount: 1 };

test(
  "no storm breaks a property, stops a server for good, or leaves two trees",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (seed) => {
        expect(storm(`storm ${seed}`)).toMatchObject(calmEnd);
      }),
      { numRuns: 25 },
    );
  },
);

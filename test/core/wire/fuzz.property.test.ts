import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DECODERS, drawsOf, mutated, samplesOf, tryDecoder } from "../../support/fuzz.ts";

const samples = samplesOf(20_000);
const names = Object.keys(DECODERS);

test("there is something real to begin with for every decoder", () => {
  expect(names.filter((name) => samples[name] === undefined)).toEqual([]);
});

test.each(names)("whatever a %s holds, it is read or refused, and little is kept", (name) => {
  const decode = DECODERS[name];
  if (decode === undefined) throw new Error(`no decoder ${name}`);

  fc.assert(
    fc.property(fc.constantFrom(...(samples[name] ?? [])), fc.nat(), (sample, seed) => {
      const verdict = tryDecoder(decode, mutated(sample, drawsOf(seed)));
      return verdict === "read" || verdict === "refused";
    }),
    { numRuns: 2000 },
  );
});

test.each(names)("bytes at random are read as a %s or refused", (name) => {
  const decode = DECODERS[name];
  if (decode === undefined) throw new Error(`no decoder ${name}`);

  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const verdict = tryDecoder(decode, bytes);
      return verdict === "read" || verdict === "refused";
    }),
    { numRuns: 1000 },
  );
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  createHash,
  mix,
  mixBigint,
  mixBytes,
  mixNumber,
  mixText,
  printHash,
  type RollingHash,
} from "../../../sim/kernel/hash.ts";

function hashOf(fill: (hash: RollingHash) => void): string {
  const hash = createHash();
  fill(hash);
  return printHash(hash);
}

function differingBits(a: string, b: string): number {
  let bits = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; bits !== 0n; bits &= bits - 1n) count++;
  return count;
}

const anyWords = fc.array(fc.integer(), { minLength: 1, maxLength: 20 });

test("a hash is 16 hexadecimal digits, and today's are yesterday's", () => {
  expect(hashOf(() => {})).toBe("f0a67cc93d4809cb");
  expect(hashOf((hash) => [1, 2, 3].forEach((word) => mix(hash, word)))).toBe("e72f9c708b03041b");
  expect(hashOf((hash) => mixText(hash, "zootrope"))).toBe("0d72299217f148a0");
  expect(hashOf((hash) => mixNumber(hash, Number.MAX_SAFE_INTEGER))).toBe("d5d5e59c9a990b2c");
});

test("one changed bit anywhere flips about half of the digits' bits", () => {
  let sum = 0;
  let pairs = 0;
  for (let length = 1; length <= 8; length++) {
    for (let bit = 0; bit < 32 * length; bit++) {
      const words = Array.from({ length }, (_, index) => Math.imul(index + length, 0x9e37_79b9));
      const plain = hashOf((hash) => words.forEach((word) => mix(hash, word)));
      words[bit >> 5]! ^= 1 << (bit & 31);
      const flips = differingBits(
        plain,
        hashOf((hash) => words.forEach((word) => mix(hash, word))),
      );
      expect(flips).toBeGreaterThan(10);
      sum += flips;
      pairs++;
    }
  }
  expect(sum / pairs).toBeGreaterThan(31);
  expect(sum / pairs).toBeLessThan(33);
});

test("two changed bits do not cancel out", () => {
  const seen = new Set<string>();
  for (let a = 0; a < 96; a++) {
    for (let b = a; b < 96; b++) {
      const words = [0, 0, 0];
      words[a >> 5]! ^= 1 << (a & 31);
      words[b >> 5]! ^= 1 << (b & 31);
      seen.add(hashOf((hash) => words.forEach((word) => mix(hash, word))));
    }
  }
  // All pairs are different words, except that a bit flipped twice is no change, 96 times over.
  expect(seen.size).toBe((96 * 95) / 2 + 1);
});

test("words in another order, or one more of them, make another hash", () => {
  fc.assert(
    fc.property(anyWords, anyWords, (a, b) => {
      const same = a.length === b.length && a.every((word, index) => word === b[index]);
      const [first, second] = [a, b].map((words) =>
        hashOf((hash) => words.forEach((word) => mix(hash, word))),
      );
      return (first === second) === same;
    }),
    { seed: 1 },
  );
});

test("numbers up to 2^53 are told apart, in every bit and in sign", () => {
  const numbers = [0];
  for (let bit = 0; bit < 53; bit++) numbers.push(2 ** bit, -(2 ** bit));
  const seen = new Set(numbers.map((value) => hashOf((hash) => mixNumber(hash, value))));

  expect(seen.size).toBe(new Set(numbers).size);
});

test("a number and the bigint of equal value hash alike", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const asNumber = hashOf((hash) => mixNumber(hash, value));
      return asNumber === hashOf((hash) => mixBigint(hash, BigInt(value)));
    }),
    { seed: 1 },
  );
});

test("where one text or byte string ends and the next begins is part of the hash", () => {
  const texts = (...parts: string[]): string =>
    hashOf((hash) => parts.forEach((part) => mixText(hash, part)));
  const bytes = (...parts: number[][]): string =>
    hashOf((hash) => parts.forEach((part) => mixBytes(hash, Uint8Array.from(part))));

  expect(texts("ab", "c")).not.toBe(texts("a", "bc"));
  expect(texts("a\0")).not.toBe(texts("a"));
  expect(bytes([1], [2])).not.toBe(bytes([1, 2], []));
  const prefixes = Array.from({ length: 10 }, (_, length) =>
    bytes(new Array<number>(length).fill(0)),
  );
  expect(new Set(prefixes).size).toBe(10);
  const places = Array.from({ length: 11 }, (_, at) =>
    bytes(Array.from({ length: 11 }, (_, i) => +(i === at))),
  );
  expect(new Set(places).size).toBe(11);
});

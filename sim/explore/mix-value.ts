import {
  createHash,
  mix,
  mixBigint,
  mixBytes,
  mixNumber,
  mixText,
  type RollingHash,
} from "../kernel/hash.ts";

/** Keys whose values say nothing about what comes: they are the same for good, or made again when they are asked for. */
export type Skipped = ReadonlySet<string>;

/**
 * Mixes in a whole value of plain data. Sets are taken as sets, Maps and arrays in their order, rings (see core/ring.ts)
 * as the items that they hold; what never changes is read once.
 */
export function mixValue(hash: RollingHash, value: unknown, skipped: Skipped): void {
  switch (typeof value) {
    case "number":
      if (value === (value | 0)) mix(hash, value);
      else if (Number.isInteger(value)) mixNumber(hash, value);
      else mixText(hash, String(value));
      return;
    case "string":
      mixText(hash, value);
      return;
    case "boolean":
      mix(hash, value ? 11 : 13);
      return;
    case "bigint":
      mixBigint(hash, value);
      return;
    case "undefined":
      mix(hash, 17);
      return;
    case "object":
      if (value === null) mix(hash, 19);
      else mixObject(hash, value, skipped);
      return;
    default:
      throw new TypeError(`a ${typeof value} is not state`);
  }
}

const fixed = new WeakMap<object, RollingHash>();

function mixObject(hash: RollingHash, value: object, skipped: Skipped): void {
  if (Object.isFrozen(value)) mixFixed(hash, value, skipped);
  else mixParts(hash, value, skipped);
}

/** What never changes is read once. */
function mixFixed(hash: RollingHash, value: object, skipped: Skipped): void {
  let own = fixed.get(value);
  if (own === undefined) {
    own = createHash();
    mixParts(own, value, skipped);
    fixed.set(value, own);
  }
  mix(hash, own[0]!);
  mix(hash, own[1]!);
}

function mixParts(hash: RollingHash, value: object, skipped: Skipped): void {
  if (value instanceof Uint8Array) mixBytes(hash, value);
  else if (Array.isArray(value)) {
    mix(hash, value.length);
    for (const item of value) mixValue(hash, item, skipped);
  } else if (value instanceof Map) {
    mix(hash, value.size);
    for (const [key, item] of value) {
      mixValue(hash, key, skipped);
      mixValue(hash, item, skipped);
    }
  } else if (value instanceof Set) {
    mix(hash, value.size);
    for (const item of [...value].sort(byText)) mixValue(hash, item, skipped);
  } else if ("slots" in value && "head" in value) {
    const { slots, head, length } = value as { slots: unknown[]; head: number; length: number };
    mix(hash, length);
    for (let at = 0; at < length; at++) {
      mixValue(hash, slots[(head + at) & (slots.length - 1)], skipped);
    }
  } else {
    const record = value as Record<string, unknown>;
    for (const key in record) {
      if (skipped.has(key)) continue;
      const item = record[key];
      // A znode's record is replaced, never changed (see core/tree/tree.ts).
      if (key === "record" && typeof item === "object" && item !== null) {
        mixFixed(hash, item, skipped);
      } else mixValue(hash, item, skipped);
    }
  }
}

function byText(one: unknown, other: unknown): number {
  const [a, b] = [String(one), String(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

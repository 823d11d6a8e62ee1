import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createKernel, run } from "../../../sim/kernel/kernel.ts";
import { makeTable, openStream } from "../../../sim/kernel/stream.ts";
import {
  append,
  contents,
  createDisk,
  listing,
  onDiskTurn,
  remove,
  rename,
  sync,
  truncate,
  write,
} from "../../../sim/disk/disk.ts";
import { endProcess, losePower } from "../../../sim/disk/failure.ts";
import type { Disk } from "../../../sim/disk/state.ts";

const FILES = ["a", "b", "c"];

type Step = {
  readonly does: "append" | "write" | "rename" | "remove" | "truncate" | "sync";
  readonly file: string;
  readonly other: string;
  readonly lengthBytes: number;
};

const anyStep: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom("append", "append", "write", "rename", "remove", "truncate", "sync"),
  file: fc.constantFrom(...FILES),
  other: fc.constantFrom(...FILES),
  lengthBytes: fc.nat(4),
});
const anySteps = fc.array(anyStep, { maxLength: 30 });

/** The oracle's file: every content it has had, and the first that a power loss may go back to. */
type Life = { readonly contents: number[][]; durable: number };

/**
 * A second disk, as plain as can be: it remembers every state that the names and each file have had since
 * they were last made durable. What a power loss leaves must be among them.
 */
class Oracle {
  readonly names: Map<string, Life>[] = [new Map()];
  durable = 0;
  /** The state of the names in which each file was last touched by the journal. */
  readonly touched = new Map<Life, number>();
  private nextByte = 1;

  now(): Map<string, Life> {
    return this.names.at(-1)!;
  }

  take(disk: Disk, { does, file, other, lengthBytes }: Step): void {
    const life = this.now().get(file);
    if (does === "append" || does === "write") {
      const bytes = Array.from({ length: lengthBytes }, () => (this.nextByte++ % 255) + 1);
      const open = life ?? { contents: [[]], durable: 0 };
      if (life === undefined) this.rename((names) => names.set(file, open), open);
      const before = open.contents.at(-1)!;
      if (does === "append") {
        append(disk, file, [Uint8Array.from(bytes)]);
        open.contents.push([...before, ...bytes]);
      } else {
        write(disk, file, Uint8Array.from(bytes));
        if (before.length > 0) this.rename(() => {}, open);
        open.contents.push([], bytes);
      }
    } else if (does === "sync") {
      this.sync(disk, file, life);
    } else if (life === undefined) {
      return;
    } else if (does === "truncate") {
      const before = life.contents.at(-1)!;
      truncate(disk, file, Math.min(lengthBytes, before.length));
      this.rename(() => {}, life);
      life.contents.push(before.slice(0, lengthBytes));
    } else if (does === "remove") {
      remove(disk, file);
      this.rename((names) => names.delete(file), undefined);
    } else if (file !== other) {
      rename(disk, file, other);
      this.rename((names) => {
        names.delete(file);
        names.set(other, life);
      }, life);
    }
  }

  private rename(how: (names: Map<string, Life>) => void, of: Life | undefined): void {
    const names = new Map(this.now());
    how(names);
    this.names.push(names);
    if (of !== undefined) this.touched.set(of, this.names.length - 1);
  }

  private sync(disk: Disk, file: string, life: Life | undefined): void {
    sync(disk, 1, [file], 1);
    run(disk.kernel, Infinity, (turn) => onDiskTurn(turn));
    if (life === undefined) return;
    life.durable = life.contents.length - 1;
    this.durable = Math.max(this.durable, this.touched.get(life)!);
  }

  /** Is there a state of the names, no older than the durable one, whose files could hold just this? */
  allows(found: ReadonlyMap<string, number[]>): boolean {
    return this.names.slice(this.durable).some(
      (names) =>
        names.size === found.size &&
        [...names].every(([name, life]) => {
          const bytes = found.get(name);
          return bytes !== undefined && isLegal(life, bytes);
        }),
    );
  }
}

/** A first part of something that the file held since it was last synced, and no shorter than it ever was since. */
function isLegal({ contents, durable }: Life, bytes: readonly number[]): boolean {
  const since = contents.slice(durable);
  const shortest = Math.min(...since.map((content) => content.length));
  return (
    bytes.length >= shortest &&
    since.some((content) => bytes.every((byte, index) => byte === content[index]))
  );
}

function newDisk(seed: number): Disk {
  const times = { sync: makeTable([[1, 10, 90]]), read: makeTable([[1, 1, 1]]) };
  return createDisk(createKernel(), openStream(`${seed}`, "disk"), { turnKind: 1, times });
}

function found(disk: Disk): Map<string, number[]> {
  const names = listing(disk).map(({ name }) => name);
  return new Map(contents(disk, names).map(({ name, bytes }) => [name, [...bytes]]));
}

test("a process, and the next one after a crash, reads what was last written", () => {
  fc.assert(
    fc.property(fc.nat(), anySteps, (seed, steps) => {
      const disk = newDisk(seed);
      const oracle = new Oracle();
      for (const step of steps) oracle.take(disk, step);
      endProcess(disk);
      const expected = [...oracle.now()].map(([name, life]) => [name, life.contents.at(-1)]);
      expect(Object.fromEntries(found(disk))).toEqual(Object.fromEntries(expected));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("a power loss leaves names and bytes that were there at some time since the last sync", () => {
  fc.assert(
    fc.property(fc.nat(), anySteps, (seed, steps) => {
      const disk = newDisk(seed);
      const oracle = new Oracle();
      for (const step of steps) oracle.take(disk, step);
      losePower(disk);
      return oracle.allows(found(disk));
    }),
    { seed: 2, numRuns: 2000 },
  );
});

test("a synced file outlives any number of power losses, whatever is done to others", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      anySteps,
      fc.array(fc.oneof(anyStep, fc.constant("power" as const))),
      (seed, before, after) => {
        const disk = newDisk(seed);
        const oracle = new Oracle();
        for (const step of before) oracle.take(disk, step);
        write(disk, "precious", Uint8Array.of(1, 2, 3));
        sync(disk, 1, ["precious"], 1);
        run(disk.kernel, Infinity, (turn) => onDiskTurn(turn));
        for (const step of after) {
          if (step === "power") losePower(disk);
          else append(disk, step.file, [Uint8Array.of(step.lengthBytes)]);
        }
        losePower(disk);
        expect(found(disk).get("precious")).toEqual([1, 2, 3]);
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});

import { describe, expect, test } from "vitest";
import { clone } from "../../../sim/kernel/clone.ts";
import { createKernel, run } from "../../../sim/kernel/kernel.ts";
import { makeTable, openStream } from "../../../sim/kernel/stream.ts";
import {
  allocate,
  append,
  contents,
  createDisk,
  list,
  listing,
  onDiskTurn,
  read,
  remove,
  rename,
  sync,
  truncate,
  write,
} from "../../../sim/disk/disk.ts";
import { endProcess, losePower } from "../../../sim/disk/failure.ts";
import type { Disk, DiskEvent } from "../../../sim/disk/state.ts";

const SYNC_US = 1000;
const READ_US = 50;

function newDisk(seed: string = "1"): Disk {
  return createDisk(createKernel(), openStream(seed, "disk"), {
    turnKind: 4,
    times: { sync: makeTable([[1, SYNC_US, SYNC_US]]), read: makeTable([[1, READ_US, READ_US]]) },
  });
}

type Answer = { readonly atUs: number; readonly event: DiskEvent };

function runFor(disk: Disk, us: number): Answer[] {
  const answers: Answer[] = [];
  run(disk.kernel, disk.kernel.nowUs + us, (turn) => {
    const event = onDiskTurn(turn);
    if (event !== undefined) answers.push({ atUs: turn.atUs, event });
  });
  return answers;
}

function syncNow(disk: Disk, ...files: string[]): void {
  sync(disk, 1, files, 0);
  runFor(disk, 1_000_000);
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** The files and what is in them; zeros show as dots. */
function show(disk: Disk): Record<string, string> {
  const names = listing(disk).map(({ name }) => name);
  return Object.fromEntries(
    contents(disk, names).map(({ name, bytes }) => [
      name,
      Array.from(bytes, (byte) => (byte === 0 ? "." : String.fromCharCode(byte))).join(""),
    ]),
  );
}

/** What a power loss can leave, over many seeds, sorted. */
function leftovers(prepare: (disk: Disk) => void): string[] {
  const seen = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    const disk = newDisk(`${seed}`);
    prepare(disk);
    losePower(disk);
    seen.add(JSON.stringify(show(disk)));
  }
  return [...seen].sort();
}

describe("a process", () => {
  test("reads at once what was written, synced or not", () => {
    const disk = newDisk();

    append(disk, "log.1", [bytes("ab"), bytes("c")]);
    append(disk, "log.1", [bytes("d")]);
    write(disk, "epoch", bytes("41"));
    write(disk, "epoch", bytes("5"));

    expect(show(disk)).toEqual({ epoch: "5", "log.1": "abcd" });
  });

  test("appends into what it allocated, and behind what it truncated", () => {
    const disk = newDisk();

    allocate(disk, "log.1", 6);
    append(disk, "log.1", [bytes("abc")]);
    allocate(disk, "log.1", 5);
    expect(show(disk)).toEqual({ "log.1": "abc..." });
    truncate(disk, "log.1", 2);
    expect(show(disk)).toEqual({ "log.1": "ab" });
    allocate(disk, "log.1", 4);
    expect(show(disk)).toEqual({ "log.1": "ab.." });
    append(disk, "log.1", [bytes("x")]);

    expect(show(disk)).toEqual({ "log.1": "abx." });
  });

  test("renames over another file, and removes", () => {
    const disk = newDisk();
    write(disk, "epoch", bytes("1"));
    write(disk, "epoch.tmp", bytes("2"));

    rename(disk, "epoch.tmp", "epoch");
    remove(disk, "never there");
    expect(show(disk)).toEqual({ epoch: "2" });
    remove(disk, "epoch");

    expect(show(disk)).toEqual({});
  });

  test("is not copied what it reads when it was written in one piece", () => {
    const disk = newDisk();
    const snapshot = bytes("snapshot");
    write(disk, "snapshot.0", snapshot);

    expect(contents(disk, ["snapshot.0"])[0]!.bytes).toBe(snapshot);
  });

  test("is answered in the order of its questions, one after the other", () => {
    const disk = newDisk();
    write(disk, "b", bytes("2"));
    write(disk, "a", bytes("1"));

    sync(disk, 1, ["a", "nowhere"], 7);
    list(disk, 1, 6);
    read(disk, 1, ["b", "nowhere"], 8);

    expect(runFor(disk, 10_000)).toEqual([
      { atUs: SYNC_US, event: { kind: "synced", ticket: 7 } },
      {
        atUs: SYNC_US + READ_US,
        event: {
          kind: "listed",
          ticket: 6,
          files: [
            { name: "a", lengthBytes: 1 },
            { name: "b", lengthBytes: 1 },
          ],
        },
      },
      {
        atUs: SYNC_US + 2 * READ_US,
        event: { kind: "read", ticket: 8, files: [{ name: "b", bytes: bytes("2") }] },
      },
    ]);
  });

  test("that ends is not answered, and loses nothing that it wrote", () => {
    const disk = newDisk();
    append(disk, "log.1", [bytes("abc")]);
    sync(disk, 1, ["log.1"], 1);
    rename(disk, "log.1", "log.2");
    const before = show(disk);

    endProcess(disk);

    expect(runFor(disk, 10_000)).toEqual([]);
    expect(show(disk)).toEqual(before);
  });

  test("cannot rename or truncate what is not there: that is a bug of the core, and throws", () => {
    expect(() => rename(newDisk(), "a", "b")).toThrow("no such file");
    expect(() => truncate(newDisk(), "a", 0)).toThrow("no such file");
  });
});

describe("a power loss", () => {
  test("leaves what was synced", () => {
    const prepare = (disk: Disk): void => {
      allocate(disk, "log.1", 6);
      append(disk, "log.1", [bytes("abc")]);
      syncNow(disk, "log.1");
    };

    expect(leftovers(prepare)).toEqual(['{"log.1":"abc..."}']);
  });

  test("leaves of unsynced appends a first part", () => {
    const prepare = (disk: Disk): void => {
      append(disk, "log.1", [bytes("a")]);
      syncNow(disk, "log.1");
      append(disk, "log.1", [bytes("bc"), bytes("d")]);
    };

    expect(leftovers(prepare)).toEqual(['{"log.1":"a"}', '{"log.1":"abc"}', '{"log.1":"abcd"}']);
  });

  test("tears unsynced bytes where sectors meet, and nowhere else", () => {
    const prepare = (disk: Disk): void => {
      append(disk, "log.1", [bytes("a".repeat(500))]);
      syncNow(disk, "log.1");
      append(disk, "log.1", [bytes("b".repeat(600))]);
    };

    const lengths = leftovers(prepare).map((left) => left.length - '{"log.1":""}'.length);

    expect(lengths.toSorted((a, b) => a - b)).toEqual([500, 512, 1024, 1100]);
  });

  test("takes what was written after a sync was asked for, even when that sync was answered", () => {
    const prepare = (disk: Disk): void => {
      append(disk, "log.1", [bytes("a")]);
      sync(disk, 1, ["log.1"], 1);
      append(disk, "log.1", [bytes("b")]);
      runFor(disk, 10_000);
    };

    expect(leftovers(prepare)).toEqual(['{"log.1":"a"}', '{"log.1":"ab"}']);
  });

  test("takes a sync that was not answered for no promise", () => {
    const prepare = (disk: Disk): void => {
      write(disk, "a", bytes("1"));
      sync(disk, 1, ["a"], 1);
      runFor(disk, SYNC_US - 1);
    };

    expect(leftovers(prepare)).toEqual(['{"a":""}', '{"a":"1"}', "{}"]);
  });

  test("finds a replaced file old, empty or new", () => {
    const prepare = (disk: Disk): void => {
      write(disk, "epoch", bytes("old"));
      syncNow(disk, "epoch");
      write(disk, "epoch", bytes("12"));
    };

    expect(leftovers(prepare)).toEqual(['{"epoch":""}', '{"epoch":"12"}', '{"epoch":"old"}']);
  });

  test("finds a rename of synced bytes done or not done, nothing between", () => {
    const prepare = (disk: Disk): void => {
      write(disk, "epoch", bytes("1"));
      syncNow(disk, "epoch");
      write(disk, "epoch.tmp", bytes("2"));
      syncNow(disk, "epoch.tmp");
      rename(disk, "epoch.tmp", "epoch");
    };

    expect(leftovers(prepare)).toEqual(['{"epoch":"1","epoch.tmp":"2"}', '{"epoch":"2"}']);
  });

  test("finds a rename done when a later file's sync has pushed the journal on", () => {
    const prepare = (disk: Disk): void => {
      write(disk, "epoch.tmp", bytes("2"));
      syncNow(disk, "epoch.tmp");
      rename(disk, "epoch.tmp", "epoch");
      append(disk, "log.1", [bytes("a")]);
      syncNow(disk, "log.1");
    };

    expect(leftovers(prepare)).toEqual(['{"epoch":"2","log.1":"a"}']);
  });

  test("finds the name of an unsynced snapshot without its bytes, once a younger log was synced", () => {
    // ZOOKEEPER-2872: the log that follows a snapshot is durable, the snapshot is not.
    const prepare = (disk: Disk): void => {
      write(disk, "snapshot.5", bytes("S"));
      append(disk, "log.6", [bytes("a")]);
      syncNow(disk, "log.6");
    };

    expect(leftovers(prepare)).toEqual([
      '{"log.6":"a","snapshot.5":""}',
      '{"log.6":"a","snapshot.5":"S"}',
    ]);
  });

  test("may bring back the tail of an unsynced truncation, with what was removed after it", () => {
    const prepare = (disk: Disk): void => {
      append(disk, "log.1", [bytes("abc")]);
      append(disk, "log.2", [bytes("d")]);
      syncNow(disk, "log.1", "log.2");
      truncate(disk, "log.1", 1);
      remove(disk, "log.2");
    };

    expect(leftovers(prepare)).toEqual([
      '{"log.1":"a","log.2":"d"}',
      '{"log.1":"a"}',
      '{"log.1":"abc","log.2":"d"}',
    ]);
  });

  test("keeps no truncation without the removal before it", () => {
    const prepare = (disk: Disk): void => {
      append(disk, "log.1", [bytes("abc")]);
      append(disk, "log.2", [bytes("d")]);
      syncNow(disk, "log.1", "log.2");
      remove(disk, "log.2");
      truncate(disk, "log.1", 1);
    };

    expect(leftovers(prepare)).toEqual([
      '{"log.1":"a"}',
      '{"log.1":"abc","log.2":"d"}',
      '{"log.1":"abc"}',
    ]);
  });

  test("keeps no bytes from behind a truncation that it lost", () => {
    const prepare = (disk: Disk): void => {
      append(disk, "log.1", [bytes("abc")]);
      syncNow(disk, "log.1");
      truncate(disk, "log.1", 1);
      append(disk, "log.1", [bytes("X")]);
    };

    expect(leftovers(prepare)).toEqual(['{"log.1":"a"}', '{"log.1":"aX"}', '{"log.1":"abc"}']);
  });

  test("leaves a disk that can be used, and lose power, again", () => {
    const prepare = (disk: Disk): void => {
      append(disk, "log.1", [bytes("a")]);
      sync(disk, 1, ["log.1"], 1);
      losePower(disk);
      expect(runFor(disk, 10_000)).toEqual([]);
      write(disk, "log.1", bytes("z"));
      syncNow(disk, "log.1");
    };

    expect(leftovers(prepare)).toEqual(['{"log.1":"z"}']);
  });
});

test("a long log reads the same, packed or not, and loses nothing synced", () => {
  const disk = newDisk();
  let expected = "";
  for (let index = 0; index < 5000; index++) {
    const letter = String.fromCharCode(97 + (index % 26));
    if (index % 700 === 0) allocate(disk, "log.1", index + 900);
    append(disk, "log.1", [bytes(letter)]);
    expected += letter;
    if (index % 10 === 9) syncNow(disk, "log.1");
  }

  expect(show(disk)["log.1"]).toBe(expected.padEnd(4900 + 900, "."));
  expect(disk.files.get("log.1")!.changes.length).toBeLessThan(1100);
  losePower(disk);
  expect(show(disk)["log.1"]).toBe(expected.padEnd(4900 + 900, "."));
});

test("a file that is written over and over keeps its last content alone", () => {
  const disk = newDisk();
  for (let index = 0; index < 100; index++) {
    write(disk, "epoch", bytes(`${index}`));
    syncNow(disk, "epoch");
  }

  expect(disk.files.get("epoch")!.changes).toEqual([bytes("99")]);
  expect(disk.journal).toEqual([]);
});

test("a clone's disk is written to and loses power on its own", () => {
  const disk = newDisk();
  append(disk, "log.1", [bytes("a")]);
  syncNow(disk, "log.1");
  sync(disk, 1, ["log.1"], 5);

  const copy = clone(disk);
  append(copy, "log.1", [bytes("b")]);
  losePower(disk);

  expect(show(disk)).toEqual({ "log.1": "a" });
  expect(show(copy)).toEqual({ "log.1": "ab" });
  expect(runFor(copy, 10_000).map(({ event }) => event.kind)).toEqual(["synced"]);
});

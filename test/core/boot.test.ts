import { describe, expect, test } from "vitest";
import { concatBytes } from "../../core/bytes.ts";
import type { FileContent } from "../../core/event.ts";
import { encodeEpoch } from "../../core/storage/epoch-file.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/wire/utf8.ts";
import { z } from "../support/effect-text.ts";
import {
  answerDisk,
  boot,
  configOf,
  createMachine,
  filesOf,
  forget,
  history,
  hold,
  restart,
  saidBy,
  sentBy,
  start,
  stepsOf,
  tell,
  type Machine,
} from "../support/machine.ts";
import { elected } from "../support/roles.ts";

// Spec election-and-zab 8.1, 8.2, storage-and-processing 4; QuorumPeer.java (loadDataBase).

describe("an empty directory", () => {
  test("gets a first snapshot and both epochs, durable under other names before they are named", () => {
    const machine = createMachine(configOf(1));
    hold(machine, "disk");
    start(machine);
    const steps = [stepsOf(machine)];
    while (machine.asked.length > 0) {
      answerDisk(machine);
      steps.push(saidBy(machine).filter((line) => !line.startsWith("warned")));
    }

    expect(steps.slice(0, 4)).toEqual([
      ["list"],
      ["read "],
      [
        "write tmp.snapshot.0",
        "write currentEpoch.tmp 0",
        "write acceptedEpoch.tmp 0",
        "recovered 0.0, 0 replayed",
        expect.stringMatching(/^sync .*tmp\.snapshot\.0 currentEpoch\.tmp acceptedEpoch\.tmp$/),
      ],
      [
        "rename tmp.snapshot.0 snapshot.0",
        "rename currentEpoch.tmp currentEpoch",
        "rename acceptedEpoch.tmp acceptedEpoch",
        "sync snapshot.0 currentEpoch acceptedEpoch",
      ],
    ]);
    expect(machine.server.life).toBe("running");
    expect(restart(machine).server.database?.lastZxid).toBe(z(0, 0));
  });

  test("is no snapshot where an empty server may not vote: its zxid is −1", () => {
    const machine = boot(configOf(1, { emptyMayVote: false }));

    expect(machine.server.database?.lastZxid).toBe(-1n);
    expect([...machine.disk.keys()].sort()).toEqual(["acceptedEpoch", "currentEpoch"]);
    expect(saidBy(machine, "warned")).toContain(
      "warned Unexpected empty data tree, setting zxid to -1",
    );
  });
});

test("only once all that was read is durable does a server listen and look", () => {
  const machine = createMachine(configOf(1), history([z(1, 5)]));
  hold(machine, "disk");
  start(machine);
  answerDisk(machine);
  answerDisk(machine);
  expect(saidBy(machine, "sync", "recovered", "listen")).toEqual([
    "recovered 1.5, 5 replayed",
    "sync log.100000001 snapshot.0 acceptedEpoch currentEpoch currentEpoch.tmp",
  ]);
  expect(machine.server.election.round).toBe(0);

  answerDisk(machine);

  expect(saidBy(machine, "listen", "connect")).toEqual([
    "listen election",
    "listen client",
    "connect s2:3888",
    "connect s3:3888",
  ]);
});

test("what a crash left half written is removed", () => {
  const left = { name: "tmp.snapshot.100000009", bytes: new Uint8Array(7) };

  const machine = boot(configOf(1), [...history([z(1, 5)]), left]);

  expect(saidBy(machine, "remove")).toEqual(["remove tmp.snapshot.100000009"]);
  expect(machine.server.database?.lastZxid).toBe(z(1, 5));
});

test("a broken snapshot is passed over for the one before it, with a warning", () => {
  const candidate = elected(history([z(1, 5)]));
  const files = filesOf(candidate).map(({ name, bytes }) =>
    name === "snapshot.100000005" ? { name, bytes: flipped(bytes) } : { name, bytes },
  );

  const machine = boot(configOf(3), files);

  expect(machine.server.database?.lastZxid).toBe(z(1, 5));
  const [warning] = saidBy(machine, "warned");
  expect(warning).toMatch(/^warned problem reading snap file snapshot\.100000005: /);
});

test("what was logged counts, committed or not (8.3)", () => {
  const machine = boot(configOf(1), history([z(1, 5)]));

  expect(machine.server.election.proposal.zxid).toBe(z(1, 5));
  expect(machine.server.database?.committedLog).toHaveLength(5);
});

describe("epochs", () => {
  test("that are missing are made up from the history, with a warning", () => {
    const machine = boot(
      configOf(1),
      history([z(3, 2)]).filter(({ name }) => !name.endsWith("Epoch")),
    );

    expect(machine.server).toMatchObject({ currentEpoch: 3, acceptedEpoch: 3, life: "running" });
    expect(saidBy(machine, "warned")[0]).toBe(
      "warned currentEpoch not found! Creating with a reasonable default of 3. " +
        "This should only happen when you are upgrading your installation",
    );
    expect(epochOn(machine, "acceptedEpoch")).toBe("3");
  });

  test("are read as they are", () => {
    const machine = boot(configOf(1), history([z(1, 5)], { current: 4, accepted: 6 }));

    expect(machine.server).toMatchObject({ currentEpoch: 4, acceptedEpoch: 6 });
  });

  test("that are not numbers stop the server, in the real one's words", () => {
    const machine = boot(configOf(1), [
      ...history([z(1, 5)]),
      { name: "currentEpoch", bytes: encodeUtf8("one") },
    ]);

    expect(saidBy(machine, "exit")).toEqual(["exit 1: Found one in currentEpoch"]);
  });

  test("accepted below current stop the server (ZOOKEEPER-2307)", () => {
    const machine = boot(configOf(1), history([z(1, 5)], { current: 4, accepted: 3 }));

    expect(saidBy(machine, "exit", "listen")).toEqual([
      "exit 1: The accepted epoch, 3 is less than the current epoch, 4",
    ]);
    expect(machine.server.life).toBe("exited");
  });

  // ZOOKEEPER-1653, 2354.
  test("current behind the history is made up for where the epoch was accepted", () => {
    const machine = boot(configOf(1), history([z(1, 5), z(2, 3)], { current: 1, accepted: 2 }));

    expect(machine.server).toMatchObject({ currentEpoch: 2, acceptedEpoch: 2, life: "running" });
    expect(epochOn(machine, "currentEpoch")).toBe("2");
  });

  test("current behind the history is taken from the temporary file that a crash left", () => {
    const machine = boot(configOf(1), [
      ...history([z(1, 5), z(2, 3)], { current: 1, accepted: 5 }),
      { name: "currentEpoch.tmp", bytes: encodeEpoch(3) },
    ]);

    expect(machine.server.currentEpoch).toBe(3);
  });

  test("a temporary file says nothing where current is not behind the history", () => {
    const machine = boot(configOf(1), [
      ...history([z(1, 5)], { accepted: 5 }),
      { name: "currentEpoch.tmp", bytes: encodeEpoch(3) },
    ]);

    expect(machine.server.currentEpoch).toBe(1);
  });

  test("current behind the history stops the server where nothing explains it, in the real one's words", () => {
    const machine = boot(configOf(1), history([z(1, 5), z(2, 3)], { current: 1, accepted: 1 }));

    expect(saidBy(machine, "exit")).toEqual([
      `exit 1: The current epoch, 1, is older than the last zxid, ${z(2, 3)}`,
    ]);
  });
});

test.each<[string, (files: FileContent[]) => FileContent[], RegExp]>([
  [
    "a log without a snapshot",
    (files) => files.filter(({ name }) => !name.startsWith("snapshot")),
    /^exit 1: No snapshot found, but there are log entries\. Something is broken!$/,
  ],
  [
    "a log whose only snapshot was cut short",
    (files) =>
      files.map(({ name, bytes }) => ({
        name,
        bytes: name.startsWith("snapshot") ? bytes.slice(0, 60) : bytes,
      })),
    /^exit 1: No snapshot found, but there are log entries\. Something is broken!$/,
  ],
  [
    "a log whose only snapshot was changed",
    (files) => changed(files, "snapshot.0", 100),
    /^exit 1: Not able to find valid snapshots/,
  ],
  [
    "a log record that was changed",
    (files) => changed(files, "log.100000001", 60),
    /^exit 1: CRC check failed$/,
  ],
  [
    "a log that is none",
    (files) => changed(files, "log.100000001", 0),
    /^exit 1: Transaction log: log\.100000001 has invalid magic number/,
  ],
])("%s stops the server", (_, spoil, reason) => {
  const machine = boot(configOf(1), spoil(history([z(1, 5)])));

  expect(saidBy(machine, "exit")[0]).toMatch(reason);
  expect(sentBy(machine)).toEqual([]);
});

test("a torn record at the end of the log was never acknowledged: it is no obstacle", () => {
  const files = history([z(1, 5)]).map(({ name, bytes }) => ({
    name,
    bytes: name.startsWith("log") ? bytes.slice(0, -3) : bytes,
  }));

  expect(boot(configOf(1), files).server.database?.lastZxid).toBe(z(1, 4));
});

test("zeros behind the last record are room that was allocated", () => {
  const files = history([z(1, 5)]).map(({ name, bytes }) => ({
    name,
    bytes: name.startsWith("log") ? concatBytes([bytes, new Uint8Array(500)]) : bytes,
  }));

  expect(boot(configOf(1), files).server.database?.lastZxid).toBe(z(1, 5));
});

test("a process that has ended hears nothing more", () => {
  const machine = boot(configOf(1), history([z(1, 5)]));
  forget(machine);
  tell(machine, { kind: "diskFailed", reason: "I/O error" });
  expect(saidBy(machine)).toEqual(["exit 1: I/O error"]);

  tell(machine, { kind: "fired", timer: "notification", of: 0 });

  expect(machine.out).toEqual([]);
});

test("an orderly stop ends the process with 0", () => {
  const machine = boot(configOf(1));
  forget(machine);

  tell(machine, { kind: "stopped" });

  expect(saidBy(machine)).toEqual(["exit 0: stopped"]);
});

function epochOn(machine: Machine, name: string): string {
  const bytes = machine.disk.get(name)!;
  return decodeUtf8(bytes, 0, bytes.length);
}

function changed(files: readonly FileContent[], file: string, at: number): FileContent[] {
  return files.map(({ name, bytes }) => {
    if (name !== file) return { name, bytes };
    const copy = bytes.slice();
    copy[at] = copy[at]! ^ 0x55;
    return { name, bytes: copy };
  });
}

/** A snapshot with one byte of a znode changed: its end and its length are as they were. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[100] = copy[100]! ^ 0x55;
  return copy;
}

import { expect, test } from "vitest";
import { planRecovery, recover } from "../../core/storage/recovery.ts";
import { historyFiles } from "../../runner/history-files.ts";
import { RECOVERY_OPTIONS } from "../support/data-directory.ts";

test("a server recovers the history that was made for it, digests and all", () => {
  const files = historyFiles({
    sid: 1,
    lastZxids: [0x19_0000_0003n, 0x1a_0000_0006n],
    acceptedEpoch: 0x1b,
    currentEpoch: 0x1a,
  });

  const plan = planRecovery(
    files.map(({ name, bytes }) => ({ name, lengthBytes: bytes.length })),
    new Map(),
  );
  const recovery = recover(plan, files, RECOVERY_OPTIONS);

  expect(recovery).toMatchObject({ kind: "recovered", txnCount: 9, digestMismatch: null });
  expect(recovery.kind === "recovered" && recovery.database.lastZxid).toBe(0x1a_0000_0006n);
  const epochs = files
    .slice(1, 3)
    .map(({ name, bytes }) => `${name} ${String.fromCharCode(...bytes)}`);
  expect(epochs).toEqual(["acceptedEpoch 27", "currentEpoch 26"]);
});

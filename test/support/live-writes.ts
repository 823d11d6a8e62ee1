import type { Operation } from "../../core/request/operation.ts";
import { OPEN_ACL, type Acl } from "../../core/tree/acl.ts";
import { sleep } from "./apache.ts";
import type { LiveClient } from "./live-client.ts";
import { granted } from "./live-tree.ts";

/** What a client wrote that goes on writing: the newest ACL of each znode that is still there. */
export type Churn = {
  readonly acls: Map<string, readonly Acl[]>;
  readonly stop: () => Promise<void>;
};

/** Parts of a multi. */
const BATCH = 100;

export function createOf(
  path: string,
  data: string,
  acl: readonly Acl[] = OPEN_ACL,
  flags = 0,
): Operation & { kind: "create" } {
  return {
    kind: "create",
    type: 1,
    path,
    data: new TextEncoder().encode(data),
    acl,
    flags,
    ttlMs: -1,
  };
}

/** Creates `count` znodes below `parent`, which is made first. */
export async function plant(client: LiveClient, parent: string, count: number): Promise<void> {
  await granted(client, createOf(parent, ""));
  const batches: Promise<unknown>[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from);
    const ops = Array.from({ length: size }, (_, i) =>
      createOf(`${parent}/n-${from + i}`, `${from + i}`),
    );
    batches.push(granted(client, { kind: "multi", ops }));
  }
  await Promise.all(batches);
}

/** A list that no other znode has, and that lets everybody in all the same. */
function ownAcl(n: number): readonly Acl[] {
  const id = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
  return [...OPEN_ACL, { perms: 1, scheme: "ip", id }];
}

/** Creates, changes, deletes, and gives out new ACLs all the time, below `parent`, until it is stopped. */
export function startChurn(client: LiveClient, parent: string): Churn {
  const acls = new Map<string, readonly Acl[]>();
  const state = { stopping: false };
  let next = 0;
  const round = async (): Promise<void> => {
    const n = next++;
    const path = `${parent}/n-${n}`;
    const older = `${parent}/n-${n - 7}`;
    const oldest = `${parent}/n-${n - 20}`;
    const created = ownAcl(3 * n);
    const ops: Operation[] = [createOf(path, `${n}`, created)];
    acls.set(path, created);
    if (acls.has(older)) {
      const acl = ownAcl(3 * n + 1);
      ops.push({ kind: "setAcl", path: older, acl, version: -1 });
      ops.push({ kind: "setData", path: older, data: null, version: -1 });
      acls.set(older, acl);
    }
    if (n % 3 === 0 && acls.delete(oldest)) ops.push({ kind: "delete", path: oldest, version: -1 });
    await Promise.all(ops.map((op) => granted(client, op)));
  };
  const done = (async () => {
    await granted(client, createOf(parent, ""));
    while (!state.stopping) {
      await round();
      await sleep(2);
    }
  })();
  done.catch(() => {});
  return {
    acls,
    stop: async () => {
      state.stopping = true;
      await done;
    },
  };
}

import { beforeEach, describe, expect, test } from "vitest";
import type { Operation } from "../../../core/request/operation.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import { applyTxn } from "../../../core/tree/apply.ts";
import { formatTrack, parseTrack } from "../../../core/tree/quota-track.ts";
import { loadQuotas } from "../../../core/tree/quota.ts";
import { createTree, dataOf, statOf, treeDigest } from "../../../core/tree/tree.ts";
import { createDecider, type Decider } from "../../support/decider.ts";
import { creates, makeTxn } from "../../support/txns.ts";

// Spec client-protocol 9.5, storage-and-processing 8.6.

const STATS = "/zookeeper/quota/q/zookeeper_stats";
const LIMITS = "/zookeeper/quota/q/zookeeper_limits";

let decider: Decider;

beforeEach(() => {
  decider = createDecider({ enforceQuota: true });
});

test("limits that are no numbers count as unset", () => {
  write(create("/q"));
  limit("count=many,bytes=1x");

  write(create("/q/a", "12345"));

  expect(textOf(STATS)).toBe("count=2,bytes=5");
});

describe("usage", () => {
  test("is counted anew when its znode comes, whatever that says", () => {
    write(create("/q", "12345"), create("/q/a", "1"));
    limit("count=9,bytes=9");

    expect(textOf(STATS)).toBe("count=2,bytes=6");
  });

  test("is filled in behind the answer: the Stat of a create is that of what was sent", () => {
    const tree = createTree();
    applyTxn(tree, makeTxn(1, creates("/zookeeper/quota/q", 1)));
    const data = new TextEncoder().encode("count=123,bytes=456");

    const { stat } = applyTxn(tree, makeTxn(2, creates(STATS, 1, { data }), { type: 15 }));

    expect(stat).toMatchObject({ dataLength: 19 });
    expect(new TextDecoder().decode(dataOf(tree, STATS)!)).toBe("count=0,bytes=0");
  });

  test("follows creates, deletes and data, the znode itself included", () => {
    write(create("/q"));
    limit("count=9,bytes=99");

    write(create("/q/a", "1234"), create("/q/a/b"), setData("/q/a", "1"), setData("/q", "22"));
    expect(textOf(STATS)).toBe("count=3,bytes=3");
    write({ kind: "delete", path: "/q/a/b", version: -1 }, create("/qq"));
    expect(textOf(STATS)).toBe("count=2,bytes=3");
  });

  test("is rewritten in place: no version moves, and no digest", () => {
    write(create("/q"));
    limit("count=9,bytes=99");
    const { version, mzxid } = statOf(decider.database.tree, STATS)!;
    const before = treeDigest(decider.database.tree);

    write(create("/q/a"), { kind: "delete", path: "/q/a", version: -1 });

    expect(statOf(decider.database.tree, STATS)).toMatchObject({ version, mzxid });
    expect(treeDigest(decider.database.tree)).not.toBe(before); // /q's own pzxid and cversion
  });

  test("is that of the deepest quota only", () => {
    write(
      create("/q"),
      create("/q/r"),
      create("/zookeeper/quota/q"),
      create("/zookeeper/quota/q/r"),
    );
    write(create(LIMITS, "count=9"), create(STATS));
    write(create("/zookeeper/quota/q/r/zookeeper_limits", "count=9"));
    write(create("/zookeeper/quota/q/r/zookeeper_stats"));

    write(create("/q/r/a"));

    expect(textOf(STATS)).toBe("count=2,bytes=0");
    expect(textOf("/zookeeper/quota/q/r/zookeeper_stats")).toBe("count=2,bytes=0");
  });

  test("stands still once the limits are gone", () => {
    write(create("/q"));
    limit("count=9,bytes=9");
    write({ kind: "delete", path: LIMITS, version: -1 }, create("/q/a"));

    expect(textOf(STATS)).toBe("count=1,bytes=0");
  });

  test("is found and counted again in a tree that was loaded", () => {
    write(create("/q"), create("/q/a", "123"));
    limit("count=9,bytes=9");
    const { tree } = decider.database;
    write(setData(STATS, "count=70,bytes=70"));
    tree.quotas.clear();

    loadQuotas(tree);

    expect([...tree.quotas]).toEqual(["/q"]);
    expect(textOf(STATS)).toBe("count=2,bytes=3");
  });
});

describe("limits", () => {
  test.each<[string, string, Operation, number]>([
    ["soft ones stop nobody", "count=1,bytes=1", create("/q/a", "1234"), 0],
    ["a hard count", "count=-1,bytes=-1=;countHardLimit=1", create("/q/a"), -125],
    ["a count not reached", "count=-1,bytes=-1=;countHardLimit=2", create("/q/a"), 0],
    ["hard bytes of a create", "count=-1,bytes=-1=;byteHardLimit=5", create("/q/a", "123"), -125],
    ["hard bytes just reached", "count=-1,bytes=-1=;byteHardLimit=5", create("/q/a", "12"), 0],
    ["hard bytes of data", "count=-1,bytes=-1=;byteHardLimit=5", setData("/q", "123456"), -125],
    ["data that shrinks", "count=-1,bytes=-1=;byteHardLimit=1", setData("/q", "12"), -125],
    ["data of the same length", "count=-1,bytes=-1=;byteHardLimit=1", setData("/q", "321"), 0],
    ["elsewhere", "count=-1,bytes=-1=;countHardLimit=1", create("/elsewhere"), 0],
  ])("%s", (_, text, op, err) => {
    write(create("/q", "123"));
    limit(text);

    expect(decider.run(op).err).toBe(err);
  });

  test("stop nobody unless they are enforced", () => {
    decider = createDecider();
    write(create("/q"));
    limit("count=-1,bytes=-1=;countHardLimit=1");

    expect(decider.run(create("/q/a")).err).toBe(0);
  });
});

test("a track is written as it is read, count and bytes first, the others in order", () => {
  const text = "count=5,bytes=-1=;byteHardLimit=7;countHardLimit=-1";

  expect(written(text)).toBe(text);
  expect(written("countHardLimit=2;bytes=1")).toBe("count=-1,bytes=1=;countHardLimit=2");
  expect(written("")).toBe("count=-1,bytes=-1");
  expect(written("nonsense,bytes=many")).toBe("count=-1,bytes=-1=;nonsense=-1");
});

/** Decides and applies them one after the other; all of them must be fine. */
function write(...ops: readonly Operation[]): void {
  for (const op of ops) {
    expect(decider.run(op).err).toBe(0);
    decider.applyAll();
  }
}

function limit(text: string): void {
  write(create("/zookeeper/quota/q"), create(LIMITS, text), create(STATS));
}

function textOf(path: string): string {
  return new TextDecoder().decode(dataOf(decider.database.tree, path) ?? new Uint8Array(0));
}

function written(text: string): string {
  return new TextDecoder().decode(formatTrack(parseTrack(new TextEncoder().encode(text))));
}

function create(path: string, text = ""): Operation {
  const data = new TextEncoder().encode(text);
  return { kind: "create", type: 1, path, data, acl: OPEN_ACL, flags: 0, ttlMs: -1 };
}

function setData(path: string, text: string): Operation {
  return { kind: "setData", path, data: new TextEncoder().encode(text), version: -1 };
}

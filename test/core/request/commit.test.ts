import { describe, expect, test } from "vitest";
import type { ConnId } from "../../../core/message.ts";
import type { Operation } from "../../../core/request/operation.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { z } from "../../support/effect-text.ts";
import {
  forget,
  hold,
  release,
  saidBy,
  sentBy,
  tell,
  wake,
  type Machine,
} from "../../support/machine.ts";
import {
  asks,
  connects,
  create,
  elected,
  following,
  proposesAndCommits,
  setData,
  told,
} from "../../support/roles.ts";
import { txnOf } from "../../support/txn-run.ts";

// Spec election-and-zab 7.1, 7.2, client-protocol 6, 10.1; CommitProcessor.java, FinalRequestProcessor.java.

const READ: Operation = { kind: "exists", path: "/history", watch: false };
const SYNC: Operation = { kind: "sync", path: "/" };

describe("on a follower", () => {
  test("a write takes its place in the line of its session, and goes to the leader", () => {
    const { machine, seven } = withClients();

    asks(machine, seven, 1, create("/a"));

    expect(sentBy(machine)).toEqual(["to leader: REQUEST 1 create /a"]);
  });

  test("it is answered when it is applied here, with what it came to", () => {
    const { machine, seven } = withClients();
    asks(machine, seven, 1, create("/a"));
    forget(machine);

    proposesAndCommits(machine, created(2, 1, "/a", 1));

    expect(saidBy(machine, "delivered", "send").slice(-2)).toEqual([
      "delivered 2.1",
      "to seven: reply 1 at 2.1",
    ]);
  });

  test("a write that failed is answered with its error", () => {
    const { machine, seven } = withClients();
    asks(machine, seven, 1, create("/a"));
    forget(machine);

    proposesAndCommits(machine, txnOf(2, 1, { kind: "error", err: -110 }, { cxid: 1 }));

    expect(sentBy(machine)).toContain("to seven: reply 1 at 2.1 err -110");
  });

  test("a read is answered at once from the own tree", () => {
    const { machine, seven } = withClients();

    asks(machine, seven, 1, READ);

    expect(sentBy(machine)).toEqual(["to seven: reply 1 at 1.5"]);
  });

  test("a read behind a write of the same session waits for it, one of another session does not", () => {
    const { machine, seven, eight } = withClients();
    asks(machine, seven, 1, create("/a"));
    forget(machine);

    asks(machine, seven, 2, READ);
    asks(machine, eight, 1, READ);
    expect(sentBy(machine)).toEqual(["to eight: reply 1 at 1.5"]);
    proposesAndCommits(machine, created(2, 1, "/a", 1));

    expect(sentBy(machine).filter((line) => line.includes("reply"))).toEqual([
      "to seven: reply 1 at 2.1",
      "to seven: reply 2 at 2.1",
    ]);
  });

  test("between two writes exactly the reads between them are answered", () => {
    const { machine, seven } = withClients();
    asks(machine, seven, 1, create("/a"));
    asks(machine, seven, 2, READ);
    asks(machine, seven, 3, create("/b"));
    asks(machine, seven, 4, READ);
    forget(machine);

    proposesAndCommits(machine, created(2, 1, "/a", 1));
    expect(replies(machine)).toEqual(["1", "2"]);
    proposesAndCommits(machine, created(2, 2, "/b", 3));

    expect(replies(machine)).toEqual(["3", "4"]);
    expect(machine.server.commits.waiting.size).toBe(0);
  });

  test("a transaction of the same session that this server did not ask for answers nothing", () => {
    const { machine, seven } = withClients();
    asks(machine, seven, 5, create("/a"));
    forget(machine);

    proposesAndCommits(machine, created(2, 1, "/b", 4));
    expect(replies(machine)).toEqual([]);
    proposesAndCommits(machine, created(2, 2, "/a", 5));

    expect(replies(machine)).toEqual(["5"]);
  });

  test("a commit is applied in a turn of its own, one a turn", () => {
    const { machine } = withClients();
    hold(machine, "commit");
    for (const counter of [1, 2]) {
      proposesAndCommits(machine, created(2, counter, `/n${counter}`, counter));
    }
    expect(saidBy(machine, "delivered")).toEqual([]);

    wake(machine, "commit");
    expect(saidBy(machine, "delivered")).toEqual(["delivered 2.1"]);
    wake(machine, "commit");

    expect(saidBy(machine, "delivered")).toEqual(["delivered 2.2"]);
  });

  test("a read does not wait for commits that are under way, even where they would show", () => {
    const { machine, eight } = withClients();
    hold(machine, "commit");
    proposesAndCommits(machine, created(2, 1, "/a", 1));
    forget(machine);

    asks(machine, eight, 1, { kind: "exists", path: "/a", watch: false });

    expect(sentBy(machine)).toEqual(["to eight: reply 1 at 1.5 err -101"]);
  });

  test("a sync is answered behind all that was committed before the leader's answer", () => {
    const { machine, seven } = withClients();
    asks(machine, seven, 1, SYNC);
    asks(machine, seven, 2, READ);
    expect(sentBy(machine)).toEqual(["to leader: REQUEST 1 sync /"]);
    hold(machine, "commit");
    proposesAndCommits(machine, created(2, 1, "/a", 9));
    told(machine, { kind: "SYNC" });
    forget(machine);

    release(machine);

    expect(saidBy(machine, "delivered", "send").filter((line) => !line.includes("ACK"))).toEqual([
      "delivered 2.1",
      "to seven: reply 1 at 2.1",
      "to seven: reply 2 at 2.1",
    ]);
  });

  test("syncs are matched in the order in which they were asked for", () => {
    const { machine, seven, eight } = withClients();
    asks(machine, eight, 1, SYNC);
    asks(machine, seven, 1, SYNC);
    forget(machine);

    told(machine, { kind: "SYNC" });
    expect(sentBy(machine)).toEqual(["to eight: reply 1 at 1.5"]);
    told(machine, { kind: "SYNC" });
    expect(sentBy(machine)).toEqual(["to seven: reply 1 at 1.5"]);
    told(machine, { kind: "SYNC" });

    expect(sentBy(machine)).toEqual([]);
  });

  test("a ping is answered in order with the rest, under its own xid", () => {
    const { machine, seven } = withClients();
    asks(machine, seven, 1, create("/a"));
    asks(machine, seven, 77, { kind: "ping" });
    forget(machine);

    proposesAndCommits(machine, created(2, 1, "/a", 1));

    expect(replies(machine)).toEqual(["1", "-2"]);
  });

  test("a client that has gone is not answered, and its line is gone with it", () => {
    const { machine, seven } = withClients();
    asks(machine, seven, 1, create("/a"));
    asks(machine, seven, 2, READ);
    tell(machine, { kind: "disconnected", conn: seven });
    forget(machine);

    proposesAndCommits(machine, created(2, 1, "/a", 1));

    expect(replies(machine)).toEqual([]);
    expect(saidBy(machine)).toEqual([]);
    expect(machine.server.commits.waiting.size).toBe(0);
  });
});

describe("on a leader", () => {
  test("reads of its own clients pass through the line of validation, behind their writes", () => {
    const { machine, client } = alone();
    hold(machine, "disk");
    asks(machine, client, 1, create("/a"));
    asks(machine, client, 2, READ);
    expect(replies(machine)).toEqual([]);

    release(machine);

    expect(replies(machine)).toEqual(["1", "2"]);
  });

  test("a sync of its own client is answered like a read", () => {
    const { machine, client } = alone();

    asks(machine, client, 1, SYNC);

    expect(sentBy(machine)).toEqual(["to client: reply 1 at 2.1"]);
  });

  test("writes are decided on top of what is decided and not yet applied", () => {
    const { machine, client } = alone();
    hold(machine, "disk");
    asks(machine, client, 1, create("/a"));
    asks(machine, client, 2, create("/a/b"));
    asks(machine, client, 3, create("/a"));
    release(machine);

    expect(sentBy(machine)).toEqual([
      "to client: reply 1 at 2.2",
      "to client: reply 2 at 2.3",
      "to client: reply 3 at 2.4 err -110",
    ]);
  });
});

describe("watches", () => {
  test("fire before the answer of the write that fires them, and before any later answer", () => {
    const { machine, client } = alone();
    asks(machine, client, 1, { kind: "exists", path: "/a", watch: true });
    forget(machine);

    asks(machine, client, 2, create("/a"));
    asks(machine, client, 3, READ);

    expect(sentBy(machine)).toEqual([
      "to client: watch 1 /a",
      "to client: reply 2 at 2.2",
      "to client: reply 3 at 2.2",
    ]);
  });

  test("fire at the server of the client that set them, wherever the write came from", () => {
    const { machine, seven } = withClients();
    asks(machine, seven, 1, { kind: "getData", path: "/history", watch: true });
    asks(machine, seven, 2, { kind: "getChildren", type: 8, path: "/", watch: true });
    forget(machine);

    proposesAndCommits(machine, txnOf(2, 1, undefined, { session: 99n }));
    proposesAndCommits(machine, created(2, 2, "/new", 1, 99n));

    expect(sentBy(machine).filter((line) => line.includes("watch"))).toEqual([
      "to seven: watch 3 /history",
      "to seven: watch 4 /",
    ]);
  });

  test("a read of what is not there leaves no watch, except exists", () => {
    const { machine, client } = alone();
    asks(machine, client, 1, { kind: "getData", path: "/a", watch: true });
    asks(machine, client, 2, { kind: "getChildren", type: 8, path: "/a", watch: true });
    asks(machine, client, 3, create("/a"));
    expect(sentBy(machine).filter((line) => line.includes("watch"))).toEqual([]);

    asks(machine, client, 4, { kind: "exists", path: "/b", watch: true });
    asks(machine, client, 5, create("/b"));
    expect(sentBy(machine).filter((line) => line.includes("watch"))).toEqual([
      "to client: watch 1 /b",
    ]);
  });

  test("of a closed connection are gone", () => {
    const { machine, client } = alone();
    asks(machine, client, 1, { kind: "exists", path: "/a", watch: true });
    const other = connects(machine, "other");
    tell(machine, { kind: "disconnected", conn: client });
    forget(machine);

    asks(machine, other, 1, create("/a"));

    expect(sentBy(machine).filter((line) => line.includes("watch"))).toEqual([]);
  });

  // Client protocol 6.5.
  test("set again after a move: what happened meanwhile fires at once, the rest waits", () => {
    const { machine, client } = alone();
    for (const path of ["/old", "/new"]) asks(machine, client, 1, create(path));
    forget(machine);
    const relativeZxid = z(2, 2);

    asks(machine, client, -8, {
      kind: "setWatches",
      type: 101,
      persistent: [],
      recursive: [],
      relativeZxid,
      data: ["/old", "/new", "/gone"],
      exist: ["/new", "/none"],
      child: ["/old", "/", "/gone"],
    });
    expect(sentBy(machine)).toEqual([
      "to client: watch 3 /new",
      "to client: watch 2 /gone",
      "to client: watch 1 /new",
      "to client: watch 4 /",
      "to client: watch 2 /gone",
      "to client: reply -8 at 2.3",
    ]);

    for (const path of ["/old/child", "/none"]) asks(machine, client, 2, create(path));
    asks(machine, client, 3, setData("/old"));
    expect(sentBy(machine).filter((line) => line.includes("watch"))).toEqual([
      "to client: watch 4 /old",
      "to client: watch 1 /none",
      "to client: watch 3 /old",
    ]);
  });
});

/** A follower with clients of sessions 7 and 8. */
function withClients(): { machine: Machine; seven: ConnId; eight: ConnId } {
  const machine = following();
  const [seven, eight] = [
    ["seven", 7n],
    ["eight", 8n],
  ].map(([name, session]) => {
    const conn = connects(machine, String(name), { session: session as bigint });
    const sessionId = session as SessionId;
    told(machine, { kind: "REVALIDATE", sessionId, timeoutMs: 4000, valid: true });
    return conn;
  });
  forget(machine);
  return { machine, seven: seven!, eight: eight! };
}

/** A server alone with a client. */
function alone(): { machine: Machine; client: ConnId } {
  const machine = elected(undefined, { voters: 1 }, 1);
  const client = connects(machine, "client");
  forget(machine);
  return { machine, client };
}

function created(
  epoch: number,
  counter: number,
  path: string,
  cxid: number,
  session = 7n,
): ReturnType<typeof txnOf> {
  const body = {
    kind: "create",
    path,
    data: null,
    acl: [{ perms: 31, scheme: "world", id: "anyone" }],
    ephemeral: false,
    parentCversion: counter + 1,
  } as const;
  return txnOf(epoch, counter, body, { session, cxid });
}

/** xids of the answers, in order. */
function replies(machine: Machine): string[] {
  return sentBy(machine).flatMap((line) => / reply (-?\d+) /.exec(line)?.[1] ?? []);
}

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { metricsOf, type Metric } from "../../../server/metrics/metric-list.ts";
import { following, leading } from "../../support/roles.ts";
import { servedView, viewOf } from "../../support/server-view.ts";

// Captures four-letter-words; spec storage-and-processing 11.

const CAPTURE = "test/golden/captures/client/four-letter-words.json";

/** What only a member of an ensemble shows, and what only a leader (the table of the spec). */
const MEMBER = ["peer_state", "quorum_size"];
const LEADER = (
  "learners synced_followers synced_non_voting_followers synced_observers pending_syncs " +
  "leader_uptime last_proposal_size min_proposal_size max_proposal_size"
).split(" ");

test("mntr of a standalone server has every name that the real one has, and no other", () => {
  const names = metricsOf(servedView()).map(({ name }) => name);

  expect(names.toSorted()).toEqual(realNames().toSorted());
  expect(names.slice(0, 2)).toEqual(["version", "server_state"]);
});

test("members and leaders show what is theirs besides", () => {
  const alone = new Set(metricsOf(servedView()).map(({ name }) => name));

  const follower = metricsOf(viewOf(following())).map(({ name }) => name);
  const leader = metricsOf(viewOf(leading().machine)).map(({ name }) => name);

  expect(follower.filter((name) => !alone.has(name))).toEqual(MEMBER);
  expect(leader.filter((name) => !alone.has(name)).toSorted()).toEqual(
    [...MEMBER, ...LEADER].toSorted(),
  );
});

test("an observer says which server it learns from", () => {
  const observer = byName(metricsOf(viewOf(following({ voters: 3, observers: 1 }, 4))));

  expect(observer["server_state"]).toBe("observer");
  expect(observer["peer_state"]).toBe("observing - broadcast");
  expect(observer["observer_master_id"]).toBe(3);
});

test("gauges and counters say what has happened", () => {
  const values = byName(metricsOf(servedView()));

  expect(values).toMatchObject({
    server_state: "standalone",
    num_alive_connections: 2,
    znode_count: 7,
    ephemerals_count: 1,
    watch_count: 2,
    global_sessions: 1,
    packets_received: 6,
    packets_sent: 5,
    max_latency: 5,
    last_client_response_size: 20,
    max_client_response_size: 90,
    response_bytes: 150,
    bytes_received_count: 173,
    connection_request_count: 1,
    // A standalone server sends everything through its whole pipeline, and proposes nothing.
    prep_processor_request_queued: 5,
    sync_processor_request_queued: 5,
    proposal_count: 0,
    outstanding_changes_queued: 4,
    outstanding_changes_removed: 4,
    cnt_updatelatency: 3,
    cnt_readlatency: 2,
    cnt_a_write_per_namespace: 2,
    sum_a_write_per_namespace: 6,
    // 44 in a fresh tree, and two paths of 2 and 4 characters.
    approximate_data_size: 50,
  });
});

test("a leader counts what it proposes and commits, and its learners", () => {
  const { machine } = leading();
  const values = byName(metricsOf(viewOf(machine)));

  expect(values).toMatchObject({
    server_state: "leader",
    peer_state: "leading - broadcast",
    quorum_size: 3,
    learners: 1,
    synced_followers: 1,
    synced_observers: 0,
    last_proposal_size: -1,
  });
});

/** The names of the capture, whose znode `/a` was read as well as written. */
function realNames(): string[] {
  const capture = JSON.parse(readFileSync(CAPTURE, "utf8")) as {
    readonly frames: readonly {
      readonly conn?: string;
      readonly dir: string;
      readonly hex: string;
    }[];
  };
  const answers = capture.frames.filter(({ conn, dir }) => conn === "mntr" && dir === "s2c");
  const text = answers.map(({ hex }) => Buffer.from(hex, "hex").toString()).join("");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t")[0]?.replace(/^zk_/, "") ?? "");
}

function byName(metrics: readonly Metric[]): Record<string, string | number> {
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

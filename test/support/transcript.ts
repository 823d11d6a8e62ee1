import { OPEN_ACL } from "../../core/tree/acl.ts";
import { makeZxid } from "../../core/zxid.ts";
import { historyFiles, historyTxns } from "../../runner/history-files.ts";
import { replaceFiles } from "../../sim/disk/replace.ts";
import { layInitialDisks } from "../../sim/check/initial.ts";
import { stepProgram } from "../../sim/cluster/client-process.ts";
import { createCluster, runCluster } from "../../sim/cluster/cluster.ts";
import { record } from "../../sim/cluster/recorder.ts";
import { crashServerProcess, startServerProcess } from "../../sim/cluster/server-process.ts";
import type { Character, Cluster, ServerProcess } from "../../sim/cluster/state.ts";
import { makeTable } from "../../sim/kernel/stream.ts";
import { raiseWalls, lowerWalls, isolate } from "../../sim/network/partition.ts";
import { createTrace, type Trace } from "../../sim/trace/trace.ts";
import type { Action, ClientPlan } from "../../sim/workload/plan.ts";
import { configOf } from "./machine.ts";
import { lineFrom, SECTION_HEAD } from "./transcript-lines.ts";

/**
 * A transcript: commands to a small simulated ensemble (lines that begin with `>`), and below each that lets time
 * pass everything that the ensemble then did, a line an event. Lines that begin with `#` tell what it is about.
 * A message takes a millisecond, a disk half of one, and nothing is left to chance.
 */
const CHARACTER: Character = {
  latency: makeTable([[1, 1000, 1000]]),
  retransmission: makeTable([[1, 1000, 1000]]),
  disk: { sync: makeTable([[1, 500, 500]]), read: makeTable([[1, 500, 500]]) },
  threads: makeTable([[1, 10, 10]]),
};

type Stage = {
  readonly cluster: Cluster;
  readonly trace: Trace;
  /** Rows that are written down already. */
  shown: number;
};

/** Carries out the commands in `text` and writes down what happened, in place of what stood there. */
export function rewrite(text: string): { readonly text: string; readonly violations: string[] } {
  const script = text.split("\n").filter((line) => line.startsWith(">") || line.startsWith("#"));
  const commands = script.filter((line) => line.startsWith(">")).map((line) => line.slice(2));
  const stage = openStage(commands);
  const lines: string[] = [];
  for (const [index, line] of script.entries()) {
    const former = script[index - 1];
    if (line.startsWith("#") && former?.startsWith(">") === true) lines.push("");
    lines.push(line);
    if (line.startsWith(">")) lines.push(...carryOut(stage, line.slice(2)));
  }
  const violations = (stage.cluster.checks?.violations ?? []).map(
    ({ check, message }) => `${check}: ${message}`,
  );
  return { text: `${lines.join("\n")}\n`, violations };
}

/** `ensemble 3 voters, 1 observers`, `history 1: 1.5 2.3` and `client a on 2` say what there is. */
function openStage(commands: readonly string[]): Stage {
  const [voters = 3, observers = 0] = numbersIn(
    commands.find((line) => line.startsWith("ensemble")) ?? "",
  );
  const servers = Array.from({ length: voters + observers }, (_, index) =>
    configOf(index + 1, { voters, observers }),
  );
  const clients = commands.filter((line) => line.startsWith("client ")).map(clientPlan);
  const cluster = createCluster({
    seed: "transcript",
    servers,
    clients,
    character: CHARACTER,
    checks: true,
    turnsMax: 100_000,
  });
  layHistories(
    cluster,
    commands.filter((line) => line.startsWith("history ")),
  );
  const trace = createTrace({
    format: 1,
    version: "0",
    scenario: { name: "transcript", title: "", text: "" },
    seed: "transcript",
    defects: [],
    servers: servers.map(({ sid }) => ({ sid, role: sid > voters ? "observer" : "participant" })),
    clients: clients.map(({ name }) => name),
    quorum: (voters >> 1) + 1,
  });
  record(cluster, trace);
  return { cluster, trace, shown: 0 };
}

function carryOut(stage: Stage, command: string): string[] {
  const { cluster } = stage;
  const [verb, ...words] = command.split(" ");
  switch (verb) {
    case "ensemble":
    case "history":
    case "client":
      return [];
    case "start":
      for (const process of serversIn(cluster, words)) startServerProcess(cluster, process);
      return [];
    case "crash":
      for (const process of serversIn(cluster, words)) {
        crashServerProcess(cluster, process, { power: false, losesSent: false });
      }
      return [];
    case "isolate":
    case "rejoin":
      for (const { host } of serversIn(cluster, words)) {
        const walls = isolate(
          host,
          cluster.servers.map((server) => server.host),
        );
        if (verb === "isolate") raiseWalls(cluster.network, walls);
        else lowerWalls(cluster.network, walls);
      }
      return [];
    case "open":
    case "create":
      tell(cluster, words[0] ?? "", actionOf(verb, words[1] ?? ""));
      return [];
    case "run":
      runCluster(cluster, cluster.kernel.nowUs + Number(words[0]) * 1000, () => undefined);
      return linesSince(stage);
    default:
      throw new Error(`a transcript knows no command "${command}"`);
  }
}

function linesSince(stage: Stage): string[] {
  const { trace } = stage;
  const lines = [SECTION_HEAD];
  while (stage.shown < trace.columns.rows) {
    const { line, next } = lineFrom(trace, stage.shown);
    stage.shown = next;
    if (line !== null) lines.push(line);
  }
  return lines;
}

function layHistories(cluster: Cluster, commands: readonly string[]): void {
  const disks = commands.map((command) => {
    const [head = "", tail = ""] = command.split(": ");
    const [sid = 0] = numbersIn(head);
    const lastZxids = tail.split(" ").map(zxidFrom);
    const epoch = Number((lastZxids.at(-1) ?? 0n) >> 32n);
    const history = { sid, lastZxids, acceptedEpoch: epoch, currentEpoch: epoch };
    const disk = cluster.bySid.get(sid)?.disk;
    if (disk !== undefined) replaceFiles(disk, historyFiles(history));
    return { sid, txns: historyTxns(lastZxids), acceptedEpoch: epoch, currentEpoch: epoch };
  });
  if (cluster.checks !== null && disks.length > 0) layInitialDisks(cluster.checks, disks);
}

function clientPlan(command: string): ClientPlan {
  const [, name = ""] = command.split(" ");
  return {
    name,
    sessionTimeoutMs: 4000,
    servers: numbersIn(command),
    startUs: 0,
    renews: false,
    behaviour: { kind: "script", items: [] },
  };
}

function actionOf(verb: "open" | "create", path: string): Action {
  if (verb === "open") return { kind: "open" };
  const op = {
    kind: "create",
    type: 1,
    path,
    data: null,
    acl: OPEN_ACL,
    flags: 0,
    ttlMs: -1,
  } as const;
  return { kind: "invoke", op, retries: 0 };
}

function tell(cluster: Cluster, name: string, action: Action): void {
  const client = cluster.clients.find((process) => process.name === name);
  if (client === undefined) throw new Error(`there is no client ${name}`);
  stepProgram(cluster, client, { kind: "told", action });
}

function serversIn(cluster: Cluster, words: readonly string[]): ServerProcess[] {
  return numbersIn(words.join(" ")).map((sid) => {
    const process = cluster.bySid.get(sid);
    if (process === undefined) throw new Error(`there is no server ${sid}`);
    return process;
  });
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits));
}

function zxidFrom(text: string): ReturnType<typeof makeZxid> {
  const [epoch, counter] = text.split(".").map(Number);
  return makeZxid(epoch ?? 0, counter ?? 0);
}

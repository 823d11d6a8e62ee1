import { addRow } from "../trace/columns.ts";
import { RowKind } from "../trace/row.ts";
import { internText, markHash, type Trace } from "../trace/trace.ts";
import { clusterHash } from "./hashing.ts";
import { recordClient, recordInvoke } from "./record/clients.ts";
import { messageObserver } from "./record/network.ts";
import { forget, nothingShown, row, type Recording } from "./record/recording.ts";
import { recordEffect, recordEvent, recordState } from "./record/servers.ts";
import type { Cluster, Recorder } from "./state.ts";

/** Turns between two marks of the hash: replay compares there first. */
const MARK_TURNS = 4096;

/** Records a run from here on into `trace`. */
export function record(cluster: Cluster, trace: Trace): void {
  const recording: Recording = {
    cluster,
    kernel: cluster.kernel,
    trace,
    columns: trace.columns,
    shown: cluster.servers.map(nothingShown),
    quorum: trace.header.quorum,
    who: [0],
    ends: new Map(),
    links: new Map(),
    nextMark: MARK_TURNS,
  };
  for (const { id, processId } of cluster.clients) recording.who[processId] = id;
  cluster.recorder.value = makeRecorder(recording);
  cluster.network.observer.value = messageObserver(recording);
}

/** Adds a row of the present turn; for whoever runs the cluster: steps, captions, walls, expectations. */
export function note(
  cluster: Cluster,
  trace: Trace,
  kind: number,
  who: number,
  peer: number,
  a: number,
  { b = 0, c = 0, text = "" }: { readonly b?: number; readonly c?: number; readonly text?: string },
): void {
  const { kernel } = cluster;
  const link = internText(trace.texts, text);
  addRow(trace.columns, kernel.turnCount, kernel.nowUs, kind, who, peer, 0n, a, b, c, link);
}

function makeRecorder(recording: Recording): Recorder {
  return {
    serverStarted: (_, { processId, sid, index }) => {
      recording.who[processId] = sid;
      const shown = recording.shown[index];
      if (shown !== undefined) forget(shown);
      row(recording, RowKind.started, sid, 0, 0n, 0, 0, 0, 0);
    },
    serverCrashed: (_, { sid }, power) => {
      row(recording, RowKind.crashed, sid, 0, 0n, power ? 1 : 0, 0, 0, 0);
    },
    serverPaused: (_, { sid }, paused) => {
      const kind = paused ? RowKind.paused : RowKind.resumed;
      row(recording, kind, sid, 0, 0n, 0, 0, 0, 0);
    },
    serverHeard: (process, event) => recordEvent(recording, process, event),
    serverDid: ({ sid }, effect) => recordEffect(recording, sid, effect),
    serverStepped: (process) => {
      recordState(recording, process);
      if (recording.kernel.turnCount >= recording.nextMark) mark(recording);
    },
    clientActed: (_, process, effect) => recordClient(recording, process, effect),
    clientInvoked: (_, process, ticket, op) => recordInvoke(recording, process, ticket, op),
  };
}

function mark(recording: Recording): void {
  recording.nextMark += MARK_TURNS;
  markHash(recording.trace, clusterHash(recording.cluster));
}

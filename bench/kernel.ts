import { performance } from "node:perf_hooks";
import seedrandom from "seedrandom";
import { createHash, mix } from "../sim/kernel/hash.ts";
import { createKernel, run, schedule, type Kernel, type Turn } from "../sim/kernel/kernel.ts";
import { createStreams, integer, makeTable, streamOf, type Stream } from "../sim/kernel/stream.ts";
import { onNetworkTurn } from "../sim/network/arrival.ts";
import { connect, createNetwork, listen, send, startProcess } from "../sim/network/network.ts";
import type { NetworkEvent } from "../sim/network/state.ts";
import { medianOf } from "./median.ts";

/** The load of all these: this many events pending, each planning its successor up to a millisecond ahead. */
const DEPTH = 64;
const EVENTS = 3_000_000;
const ROUNDS = 5;

/** Events/s of the smallest queue loop that could serve: pop the earliest, draw, push. The reference. */
export function bareLoop(): number {
  return bestRate(() => {
    const draw = seedrandom.xor4096("bench");
    const at = new Float64Array(DEPTH);
    const sequence = new Float64Array(DEPTH);
    let scheduled = 0;
    // Ascending instants are a heap already, and a popped event's successor takes the root's place.
    for (; scheduled < DEPTH; scheduled++) sequence[scheduled] = at[scheduled] = scheduled;
    return () => {
      for (let events = 0; events < EVENTS; events++) {
        replaceRoot(at, sequence, at[0]! + 1 + ((draw.int32() >>> 0) % 1000), scheduled++);
      }
    };
  });
}

/** Events/s of the kernel with nothing but the dispatch of a payload and one draw in the handler. */
export function kernelEvents(): number {
  return bestRate(() => {
    const kernel = loadedKernel();
    const stream = streamOf(createStreams("bench"), "delay");
    const handle = successor(kernel, stream);
    return () => {
      run(kernel, Infinity, handle);
    };
  });
}

/**
 * Messages/s through kernel and network together: five processes, each connected to the other four, with
 * {@link DEPTH} messages always under way; whoever hears one sends it on.
 */
export function networkEvents(): number {
  return bestRate(() => {
    const kernel = createKernel({ turnsMax: EVENTS, untilUsMax: Infinity });
    const network = createNetwork<object, string>(
      kernel,
      streamOf(createStreams("bench"), "network"),
      {
        turnKind: 1,
        latency: makeTable([
          [90, 100, 300],
          [9, 300, 2_000],
          [1, 2_000, 20_000],
        ]),
        retransmission: makeTable([[1, 200_000, 400_000]]),
      },
    );
    for (let id = 1; id <= 5; id++) {
      startProcess(network, id, `host-${id}`);
      listen(network, id, `host-${id}:1`, "peer");
      for (let other = 1; other < id; other++) connect(network, id, other, `host-${other}:1`);
    }
    const message = { text: "go on" };
    const deliver = (id: number, event: NetworkEvent<object, string>): void => {
      if (event.kind === "received") send(network, id, event.conn, event.message);
      else if (event.kind === "connected") {
        for (let sent = 0; sent * 10 < DEPTH; sent++) send(network, id, event.conn, message);
      }
    };
    return () => {
      run(kernel, Infinity, (turn) => onNetworkTurn(network, turn, deliver));
    };
  });
}

/**
 * Bytes of heap that an event of the kernel leaves behind once everything is warm: 0 but for the odd compilation.
 * Delays are not drawn here: a stream leaves a saved state for each block of 256 draws, 4 bytes a draw.
 * Needs --expose-gc; else NaN.
 */
export function kernelBytesPerEvent(): number {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") return NaN;
  const warm = loadedKernel();
  run(warm, Infinity, roundabout(warm));
  return medianOf(5, () => {
    const kernel = loadedKernel();
    const handle = roundabout(kernel);
    collect();
    const before = process.memoryUsage().heapUsed;
    run(kernel, Infinity, handle);
    return (process.memoryUsage().heapUsed - before) / kernel.turnCount;
  });
}

/** As {@link successor}, with delays of 1 … 997 µs that only look random. */
function roundabout(kernel: Kernel): (turn: Turn) => void {
  return (turn) => {
    const atUs = turn.atUs + 1 + ((kernel.turnCount * 611) % 997);
    schedule(kernel, atUs, turn.kind, turn.target, turn.argument, turn.payload);
  };
}

/** Nanoseconds to mix one word into the run's hash. */
export function hashWord(): number {
  const rate = bestRate(() => {
    const hash = createHash();
    return () => {
      for (let word = 0; word < EVENTS; word++) mix(hash, word);
    };
  });
  return 1e9 / rate;
}

function loadedKernel(): Kernel {
  const kernel = createKernel({ turnsMax: EVENTS, untilUsMax: Infinity });
  for (let index = 0; index < DEPTH; index++) schedule(kernel, index, 1, index, 0, { index });
  return kernel;
}

function successor(kernel: Kernel, stream: Stream): (turn: Turn) => void {
  return (turn) => {
    const atUs = turn.atUs + integer(stream, 1, 1000);
    schedule(kernel, atUs, turn.kind, turn.target, turn.argument, turn.payload);
  };
}

function replaceRoot(at: Float64Array, sequence: Float64Array, atUs: number, order: number): void {
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= DEPTH) break;
    const other = child + 1;
    if (other < DEPTH) {
      const isEarlier =
        at[other]! < at[child]! || (at[other] === at[child] && sequence[other]! < sequence[child]!);
      if (isEarlier) child = other;
    }
    if (atUs < at[child]! || (atUs === at[child] && order < sequence[child]!)) break;
    at[hole] = at[child]!;
    sequence[hole] = sequence[child]!;
    hole = child;
  }
  at[hole] = atUs;
  sequence[hole] = order;
}

/** The best of a few rounds: on a shared machine the noise only ever slows down. */
function bestRate(prepare: () => () => void): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const go = prepare();
    const start = performance.now();
    go();
    best = Math.min(best, performance.now() - start);
  }
  return (EVENTS * 1000) / best;
}

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createKernel, run } from "../../../sim/kernel/kernel.ts";
import { makeTable, openStream } from "../../../sim/kernel/stream.ts";
import { onNetworkTurn } from "../../../sim/network/arrival.ts";
import { breakSilently, reset } from "../../../sim/network/breakage.ts";
import { crashProcess, powerOff, powerOn } from "../../../sim/network/failure.ts";
import { setBandwidth, setConnects, setLoss } from "../../../sim/network/impairment.ts";
import {
  heal,
  hold,
  lowerWall,
  raiseWall,
  release,
  setLatency,
} from "../../../sim/network/link.ts";
import {
  close,
  connect,
  createNetwork,
  listen,
  send,
  startProcess,
} from "../../../sim/network/network.ts";
import type { Network } from "../../../sim/network/state.ts";

const HOSTS = [1, 2, 3];

type Step = {
  readonly does: string;
  /** Two different hosts. */
  readonly from: number;
  readonly to: number;
  /** Any number: picks among what there is. */
  readonly which: number;
  readonly thenWaitUs: number;
};

function steps(kinds: readonly string[]): fc.Arbitrary<Step[]> {
  const step = fc.record({
    does: fc.constantFrom("send", "send", "send", "burst", "connect", ...kinds),
    from: fc.constantFrom(...HOSTS),
    distance: fc.constantFrom(1, 2),
    which: fc.nat(1000),
    thenWaitUs: fc.oneof(fc.constant(0), fc.nat(300), fc.nat(20_000)),
  });
  const mapped = step.map(({ from, distance, ...rest }) => ({
    ...rest,
    from,
    to: ((from - 1 + distance) % HOSTS.length) + 1,
  }));
  return fc.array(mapped, { minLength: 10, maxLength: 80 });
}

/** A letter knows the connection end that it was sent from, and its place in the sequence there. */
type Letter = { readonly sender: number; readonly conn: number; readonly nth: number };
type Way = { readonly sent: Letter[]; readonly heard: Letter[] };

/** Three hosts, one process each, and all that a schedule does to them; ends with everything healed and heard. */
class Play {
  readonly kernel = createKernel({ turnsMax: 100_000, untilUsMax: Infinity });
  readonly network: Network<Letter, string>;
  /** The process that runs on each host; undefined while it is down. */
  readonly running = new Map<number, number>();
  /** By sender and connection. */
  readonly ways = new Map<string, Way>();
  readonly ended: string[] = [];
  processCount = 0;
  connCount = 0;

  constructor(seed: number) {
    this.network = createNetwork(this.kernel, openStream(`${seed}`, "network"), {
      turnKind: 1,
      latency: makeTable([
        [3, 50, 200],
        [1, 200, 2000],
      ]),
      retransmission: makeTable([[1, 100, 5000]]),
    });
    for (const host of HOSTS) this.start(host);
  }

  start(host: number): void {
    const id = ++this.processCount;
    startProcess(this.network, id, `h${host}`);
    listen(this.network, id, `h${host}:1`, "peer");
    this.running.set(host, id);
  }

  play(schedule: readonly Step[]): void {
    for (const step of schedule) {
      this.take(step);
      this.go(this.kernel.nowUs + step.thenWaitUs);
    }
    for (const host of HOSTS) {
      powerOn(this.network, `h${host}`);
      for (const other of HOSTS) this.mend(`h${host}`, `h${other}`);
    }
    heal(this.network);
    this.go(Infinity);
  }

  mend(from: string, to: string): void {
    release(this.network, from, to);
    setBandwidth(this.network, from, to, 0);
    setLoss(this.network, from, to, 0);
    setConnects(this.network, from, to, "pass");
  }

  take({ does, from, to, which }: Step): void {
    const { network } = this;
    const [a, b] = [`h${from}`, `h${to}`];
    const process = network.processes.get(this.running.get(from) ?? 0);
    const conns = process === undefined ? [] : [...process.ends.keys()];
    const conn = conns[which % Math.max(1, conns.length)];
    if (does === "wall") raiseWall(network, a, b);
    if (does === "lower") lowerWall(network, a, b);
    if (does === "heal") heal(network);
    if (does === "hold") hold(network, a, b);
    if (does === "release") release(network, a, b);
    if (does === "throttle") setBandwidth(network, a, b, which * 20);
    if (does === "lose") setLoss(network, a, b, which % 4);
    if (does === "ignore") setConnects(network, a, b, which % 3 === 0 ? "pass" : "unanswered");
    if (does === "refuse") setConnects(network, a, b, which % 3 === 0 ? "pass" : "refused");
    if (does === "slow") setLatency(network, a, b, makeTable([[1, 3000, 9000]]));
    if (does === "restart" && process === undefined) {
      powerOn(network, a);
      this.start(from);
    }
    if (process === undefined) return;
    if (does === "connect") connect(network, process.id, ++this.connCount, `${b}:1`);
    const losesSent = which % 2 === 0;
    if (does === "crash") crashProcess(network, process.id, { losesSent });
    if (does === "power") powerOff(network, a, { losesSent });
    if (does === "crash" || does === "power") this.running.delete(from);
    if (conn === undefined) return;
    if (does === "send") this.send(process.id, conn);
    if (does === "burst") for (let sent = 0; sent < 20; sent++) this.send(process.id, conn);
    if (does === "close") close(network, process.id, conn);
    if (does === "reset") reset(network, process.id, conn, which % 5);
    const lateUs = which % 2 === 0 ? null : which * 10;
    if (does === "half-open") breakSilently(network, process.id, conn, lateUs);
  }

  send(sender: number, conn: number): void {
    const sent = this.wayOf(sender, conn).sent;
    const letter = { sender, conn, nth: sent.length };
    if (send(this.network, sender, conn, letter) > 0) sent.push(letter);
  }

  go(untilUs: number): void {
    const { network } = this;
    run(this.kernel, untilUs, (turn) => {
      onNetworkTurn(network, turn, (id, event) => {
        const receiver = network.processes.get(id);
        if (receiver === undefined) throw new Error(`process ${id} hears, and is dead`);
        if (event.kind === "disconnected") this.ended.push(`${id}:${event.conn}`);
        if (event.kind !== "received") return;
        if (this.ended.includes(`${id}:${event.conn}`)) throw new Error("heard after the end");
        this.wayOf(event.message.sender, event.message.conn).heard.push(event.message);
        const { link } = receiver.ends.get(event.conn)!;
        if (link.walls > 0 || link.isHeld || !link.to.isUp) throw new Error("heard over a wall");
      });
    });
  }

  wayOf(sender: number, conn: number): Way {
    const key = `${sender}:${conn}`;
    let way = this.ways.get(key);
    if (way === undefined) this.ways.set(key, (way = { sent: [], heard: [] }));
    return way;
  }
}

test("without closes and crashes everything sent is heard once and in order, whatever the walls", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      steps(["wall", "lower", "heal", "hold", "release", "slow", "throttle", "lose", "ignore"]),
      (seed, schedule) => {
        const play = new Play(seed);
        play.play(schedule);
        for (const way of play.ways.values()) expect(way.heard).toEqual(way.sent);
        expect(play.ended).toEqual([]);
        expect(play.network.stalled.size).toBe(0);
        expect(play.kernel.queue.count).toBe(0);
        expect(troubled(play)).toEqual([]);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

const EVERYTHING = [
  "wall",
  "wall",
  "heal",
  "hold",
  "release",
  "slow",
  "close",
  "reset",
  "crash",
  "power",
  "restart",
  "throttle",
  "lose",
  "ignore",
  "refuse",
  "half-open",
  "half-open",
];

test("with any faults a connection hears a prefix of what was sent on it, or all of it", () => {
  fc.assert(
    fc.property(fc.nat(), steps(EVERYTHING), (seed, schedule) => {
      const play = new Play(seed);
      play.play(schedule);
      for (const way of play.ways.values()) {
        expect(way.heard).toEqual(way.sent.slice(0, way.heard.length));
      }
      const { sent, delivered, lost } = play.network.counts;
      expect(delivered + lost).toBe(sent);
      expect(new Set(play.ended).size, "disconnected twice").toBe(play.ended.length);
    }),
    { seed: 2, numRuns: 300 },
  );
});

test("after the last fault, no end of a connection that somebody closed or broke is left, once it is used", () => {
  fc.assert(
    fc.property(fc.nat(), steps(EVERYTHING), (seed, schedule) => {
      const play = new Play(seed);
      play.play(schedule);
      const live = [...play.network.processes.values()].flatMap((process) =>
        [...process.ends.keys()].map((conn) => ({ id: process.id, conn })),
      );
      for (const { id, conn } of live) play.send(id, conn);
      play.go(Infinity);
      for (const process of play.network.processes.values()) {
        for (const end of process.ends.values()) {
          expect(end.peer.state).toBe("open");
          expect(play.network.processes.get(end.peer.owner!.id)).toBe(end.peer.owner);
        }
      }
    }),
    { seed: 3, numRuns: 300 },
  );
});

function troubled({ network }: Play): string[] {
  return [...network.hosts.values()].flatMap(({ name, links }) =>
    [...links.values()]
      .filter(({ trouble, isOpen }) => trouble !== null || !isOpen)
      .map(({ to }) => `${name} to ${to.name}`),
  );
}

import { drawAt, wordAt } from "../kernel/source.ts";
import type { End, Network, Trouble } from "./state.ts";

/** Bytes around each message: headers of TCP, IP and Ethernet. */
const FRAME_BYTES = 66;

/** Places of an end's source, behind those of the latencies of its 64 lanes. */
const LOSS_PLACE = 64;
const AGAIN_PLACE = 128;

/**
 * µs that an item takes longer than the latency of its link, which has troubles.
 *
 * @param nth its number in its lane: what becomes of it is drawn by that
 */
export function troubleUs<M, P>(
  network: Network<M, P>,
  end: End<M, P>,
  trouble: Trouble,
  item: unknown,
  lane: number,
  nth: number,
): number {
  const { kernel, retransmission } = network;
  let extraUs = 0;
  if (trouble.bytesPerSecond > 0) {
    const lengthBytes = FRAME_BYTES + lengthOf(item);
    const sendUs = Math.ceil((lengthBytes * 1_000_000) / trouble.bytesPerSecond);
    trouble.freeAtUs = Math.max(trouble.freeAtUs, kernel.nowUs) + sendUs;
    extraUs += trouble.freeAtUs - kernel.nowUs;
  }
  if (isLost(wordAt(end.source, LOSS_PLACE + lane, nth), trouble.lossOneIn)) {
    extraUs += drawAt(end.source, AGAIN_PLACE + lane, nth, retransmission);
  }
  return extraUs;
}

function isLost(word: number, lossOneIn: number): boolean {
  return lossOneIn > 0 && (word / 0x1_0000_0000) * lossOneIn < 1;
}

/**
 * Bytes of a message, about: 8 for a number, texts and byte strings by their lengths. What carries its own
 * bytes as `record` counts as those.
 */
export function lengthOf(item: unknown): number {
  switch (typeof item) {
    case "string":
      return 4 + item.length;
    case "number":
    case "bigint":
      return 8;
    case "boolean":
      return 1;
    case "object":
      return item === null ? 0 : lengthOfObject(item);
    default:
      return 0;
  }
}

function lengthOfObject(item: object): number {
  if (item instanceof Uint8Array) return 4 + item.length;
  if ("record" in item && item.record instanceof Uint8Array) return 4 + item.record.length;
  let lengthBytes = 0;
  for (const value of Object.values(item)) lengthBytes += lengthOf(value);
  return lengthBytes;
}

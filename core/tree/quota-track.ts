import { decodeUtf8, encodeUtf8 } from "../wire/utf8.ts";

/** Limits or usage of a quota: what its znode's text says, by name. −1 is unset. */
export type QuotaTrack = Map<string, number>;

export const COUNT = "count";
export const BYTES = "bytes";
export const COUNT_HARD_LIMIT = "countHardLimit";
export const BYTE_HARD_LIMIT = "byteHardLimit";

/** The value called `name`. */
export function trackValue(track: QuotaTrack, name: string): number {
  return track.get(name) ?? -1;
}

/**
 * Reads `count=5,bytes=13` or `count=5,bytes=-1=;byteHardLimit=100;countHardLimit=-1`. Whatever is no number
 * counts as unset; the real server dies of it, and at every start again.
 *
 * @see ZooKeeper, StatsTrack.java
 */
export function parseTrack(data: Uint8Array | null): QuotaTrack {
  const track: QuotaTrack = new Map();
  if (data === null) return track;
  for (const pair of decodeUtf8(data, 0, data.length).split(/[,;]+/)) {
    const [name = "", value = ""] = pair.split("=");
    if (name !== "") track.set(name, /^[+-]?\d{1,15}$/.test(value) ? Number(value) : -1);
  }
  return track;
}

/** Count and bytes come first; an extra "=" before the rest keeps old readers from stumbling over it. */
export function formatTrack(track: QuotaTrack): Uint8Array {
  const rest = [...track.keys()].filter((name) => name !== COUNT && name !== BYTES).sort();
  let text = `${COUNT}=${trackValue(track, COUNT)},${BYTES}=${trackValue(track, BYTES)}`;
  if (rest.length > 0) {
    text += `=;${rest.map((name) => `${name}=${trackValue(track, name)}`).join(";")}`;
  }
  return encodeUtf8(text);
}

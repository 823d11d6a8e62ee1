/**
 * A transaction id: `epoch << 32 | counter`, compared as a signed 64-bit integer.
 * Counter 0 names the start of an epoch and is never carried by a transaction.
 */
export type Zxid = bigint & { readonly brand: "Zxid" };

/** The last zxid of an empty database that may not vote. */
export const UNTRUSTED_ZXID: Zxid = -1n as Zxid;
export const ZERO_ZXID: Zxid = 0n as Zxid;

/** What a server that may not be elected puts in a vote: Long.MIN_VALUE. */
export const MIN_ZXID: Zxid = -(1n << 63n) as Zxid;

/** The last counter of an epoch; it is never proposed. */
export const COUNTER_MAX: number = 0xffff_ffff;
/** The last epoch there is. Nobody is led into it: no other could follow. */
export const EPOCH_MAX = 0x7fff_ffff;

/**
 * Packs an epoch and a counter into a zxid.
 *
 * @param epoch leader epoch, 0 … 2^31 − 1
 * @param counter position within the epoch, 0 … {@link COUNTER_MAX}
 * @throws RangeError when either half is out of range; never wraps silently
 * @see ZooKeeper, server/util/ZxidUtils.java
 */
export function makeZxid(epoch: number, counter: number): Zxid {
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > EPOCH_MAX) {
    throw new RangeError(`epoch ${epoch} is not in 0 … ${EPOCH_MAX}`);
  }
  if (!Number.isInteger(counter) || counter < 0 || counter > COUNTER_MAX) {
    throw new RangeError(`counter ${counter} is not in 0 … ${COUNTER_MAX}`);
  }
  return ((BigInt(epoch) << 32n) | BigInt(counter)) as Zxid;
}

/** The leader epoch of `zxid`; −1 for {@link UNTRUSTED_ZXID}. */
export function epochOf(zxid: Zxid): number {
  return Number(zxid >> 32n);
}

/** The position of `zxid` within its epoch, 0 … {@link COUNTER_MAX}. */
export function counterOf(zxid: Zxid): number {
  return Number(BigInt.asUintN(32, zxid));
}

/** `zxid + 1`; the caller sees to it that the counter does not run over. */
export function nextZxid(zxid: Zxid): Zxid {
  return BigInt.asIntN(64, zxid + 1n) as Zxid;
}

/** `0x` and lower-case hexadecimal digits without leading zeros, unsigned, as ZooKeeper prints it. */
export function formatZxid(zxid: Zxid): string {
  return `0x${BigInt.asUintN(64, zxid).toString(16)}`;
}

/** Reads what {@link formatZxid} prints, or a signed value taken off a wire. */
export function toZxid(value: bigint): Zxid {
  return BigInt.asIntN(64, value) as Zxid;
}

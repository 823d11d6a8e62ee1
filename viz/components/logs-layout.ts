import type { View } from "../../sim/trace/view.ts";
import { counterOf, epochOf } from "../player/words.ts";

/** The zxid columns in view: a whole page, so that stepping does not move them. */
export type LogPage = {
  readonly columns: readonly LogColumn[];
  /** Hex digits that the largest counter needs. */
  readonly digits: number;
  readonly epochs: readonly number[];
  /** How many of the columns, from the left, are committed. */
  readonly committed: number;
  /** Of the others none is. */
  readonly isEdge: boolean;
  /** How many newer zxids are left out. */
  readonly more: number;
};

export type LogColumn = { readonly zxid: bigint; readonly startsEpoch: boolean };

/**
 * A page of `width` columns out of all zxids of the run: the one with the newest entry of any log, unless so
 * much is logged and not committed that the page would not show where that begins.
 */
export function logPage(zxids: readonly bigint[], view: View, width: number): LogPage {
  const newest = view.servers.reduce(
    (max, server) => (server.logged > max ? server.logged : max),
    0n,
  );
  const last = Math.max(0, countUpTo(zxids, newest) - 1);
  const edge = view.committed === 0n ? last : countUpTo(zxids, view.committed) - 1;
  // Half a page stays when the next one begins, so that what is new never stands alone.
  const stride = Math.max(1, Math.ceil(width / 2));
  const newestPage = Math.max(0, Math.ceil((last - width + 1) / stride));
  const page = Math.min(newestPage, Math.floor(Math.max(0, edge) / stride));
  // Columns keep their places, but what is still to come stays unseen.
  const shown = zxids.slice(page * stride, page * stride + width).filter((zxid) => zxid <= newest);
  const columns = shown.map((zxid, at): LogColumn => {
    const before = shown[at - 1];
    return { zxid, startsEpoch: before !== undefined && epochOf(before) !== epochOf(zxid) };
  });
  const marks = shown.map((zxid) => isCommitted(view, zxid));
  const open = marks.indexOf(false);
  const committed = open < 0 ? marks.length : open;
  return {
    columns,
    digits: shown.reduce((max, zxid) => Math.max(max, counterOf(zxid).toString(16).length), 2),
    epochs: [...new Set(shown.map(epochOf))],
    committed,
    isEdge: committed > 0 && open >= 0 && !marks.includes(true, open),
    more: shown.length === 0 ? 0 : last - (page * stride + shown.length - 1),
  };
}

function isCommitted(view: View, zxid: bigint): boolean {
  return (
    zxid <= view.committed &&
    view.servers.some(
      (server) =>
        server.log.some((cell) => cell.zxid === zxid && cell.committed) ||
        zxid <= server.base ||
        (server.log.length > 0 && zxid < (server.log[0] as { zxid: bigint }).zxid),
    )
  );
}

function countUpTo(zxids: readonly bigint[], zxid: bigint): number {
  let low = 0;
  let high = zxids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((zxids[middle] as bigint) <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}

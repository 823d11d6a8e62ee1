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
};

export type LogColumn = { readonly zxid: bigint; readonly startsEpoch: boolean };

/** The page that holds the newest entry of any log, of `width` columns out of all zxids of the run. */
export function logPage(zxids: readonly bigint[], view: View, width: number): LogPage {
  const newest = view.servers.reduce(
    (max, server) => (server.logged > max ? server.logged : max),
    0n,
  );
  const index = Math.max(0, countUpTo(zxids, newest) - 1);
  // Half a page stays when the next one begins, so that what is new never stands alone.
  const stride = Math.max(1, Math.ceil(width / 2));
  const page = index < width ? 0 : Math.ceil((index - width + 1) / stride);
  // Columns keep their places, but what is still to come stays unseen.
  const shown = zxids.slice(page * stride, page * stride + width).filter((zxid) => zxid <= newest);
  const columns = shown.map((zxid, at): LogColumn => {
    const before = shown[at - 1];
    return { zxid, startsEpoch: before !== undefined && epochOf(before) !== epochOf(zxid) };
  });
  return {
    columns,
    digits: shown.reduce((max, zxid) => Math.max(max, counterOf(zxid).toString(16).length), 2),
    epochs: [...new Set(shown.map(epochOf))],
    committed: shown.filter((zxid) => isCommitted(view, zxid)).length,
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

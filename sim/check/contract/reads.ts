import { ErrorCode } from "../../../core/request/error-code.ts";
import type { Operation, Result } from "../../../core/request/operation.ts";
import type { Stat } from "../../../core/tree/stat.ts";
import { counterOf, epochOf, formatZxid, ZERO_ZXID, type Zxid } from "../../../core/zxid.ts";
import { report, type Checks } from "../checks.ts";
import type { ClientView, Contract } from "./contract.ts";
import { isSameData } from "./expected.ts";
import { hadChildren, isModelled, versionAt, type Version } from "./model.ts";

/** C4 and C7: a read shows what the transactions up to the zxid of its answer have left, all of it and no more. */
export function judgeRead(
  checks: Checks,
  contract: Contract,
  view: ClientView,
  op: Operation,
  err: number,
  zxid: Zxid,
  result: Result | null,
): void {
  if (op.kind !== "getData" && op.kind !== "exists" && op.kind !== "getChildren") return;
  if (!isModelled(op.path) || (err !== ErrorCode.ok && err !== ErrorCode.noNode)) return;
  const name = `server ${view.sid} answers ${op.kind} ${op.path} from ${formatZxid(zxid)}`;
  if (zxid > contract.zxid && !isEpochStart(checks, zxid)) {
    const last = formatZxid(contract.zxid);
    report(checks, "C4", view.sid, `${name}; the last committed transaction is ${last}`);
    return;
  }
  const was = versionAt(contract.model, op.path, zxid);
  if (err === ErrorCode.noNode) {
    if (was?.stat) missed(checks, view, name, was.stat);
    return;
  }
  const stat = statOf(result);
  if (!was?.stat) {
    invented(checks, contract, view, name, stat);
    return;
  }
  const difference = differenceIn(contract, op.path, was, zxid, stat, result);
  if (difference !== null) report(checks, "C4", view.sid, `${name} ${difference}`);
}

function missed(checks: Checks, view: ClientView, name: string, { ephemeralOwner }: Stat): void {
  if (ephemeralOwner === 0n)
    report(checks, "C4", view.sid, `${name} with no such znode; there was`);
  else {
    report(checks, "C7", view.sid, `${name} with no such znode; its session had not ended by then`);
  }
}

function invented(
  checks: Checks,
  contract: Contract,
  view: ClientView,
  name: string,
  stat: Stat | null,
): void {
  const owner = stat === null ? undefined : contract.sessions.get(stat.ephemeralOwner);
  if (owner === undefined || owner.closed === null) {
    report(checks, "C4", view.sid, `${name} with a znode that was not there`);
    return;
  }
  const ended = `it went with its session in ${formatZxid(owner.closed)}`;
  report(checks, "C7", view.sid, `${name} with a znode; ${ended}`);
}

function differenceIn(
  { model }: Contract,
  path: string,
  was: Version,
  zxid: Zxid,
  stat: Stat | null,
  result: Result | null,
): string | null {
  if (stat !== null && was.stat !== null && was.stat !== stat) {
    for (const field of STAT_FIELDS) {
      if (stat[field] === was.stat[field]) continue;
      return `with ${field} ${textOf(stat[field])}; it was ${textOf(was.stat[field])}`;
    }
  }
  if (result?.kind === "data" && !isSameData(result.data, was.data)) {
    return "with data that it did not have then";
  }
  if (result?.kind === "children") {
    const node = model.nodes.get(path);
    if (node !== undefined && !hadChildren(node, zxid, result.children)) {
      return `with ${result.children.length} children that were not those of then`;
    }
  }
  return null;
}

/** A server that has begun an epoch, and seen no transaction of it, stands at its counter 0. */
function isEpochStart(checks: Checks, zxid: Zxid): boolean {
  if (counterOf(zxid) !== 0) return false;
  return checks.established.some((slot) => checks.leaderships[slot]!.epoch >= epochOf(zxid));
}

function statOf(result: Result | null): Stat | null {
  if (result?.kind === "data" || result?.kind === "stat" || result?.kind === "children") {
    return result.stat;
  }
  return null;
}

function textOf(value: bigint | number): string {
  return typeof value === "bigint" ? formatZxid((value + ZERO_ZXID) as Zxid) : String(value);
}

const STAT_FIELDS = [
  "mzxid",
  "version",
  "czxid",
  "pzxid",
  "cversion",
  "numChildren",
  "dataLength",
  "ephemeralOwner",
  "aversion",
  "ctime",
  "mtime",
] as const;

import { ErrorCode } from "../../../core/request/error-code.ts";
import type { Operation } from "../../../core/request/operation.ts";
import type { TxnBody } from "../../../core/txn.ts";
import { formatZxid, type Zxid } from "../../../core/zxid.ts";
import { report, type Checks } from "../checks.ts";
import { viewOf, type ClientView, type Contract, type Watcher } from "./contract.ts";
import { isModelled, parentOf, versionAt, type Version } from "./model.ts";

/*
 * A watch fires with the first transaction after the read that left it, and its event reaches the client before any
 * answer that could show that transaction. Over a change of servers the client asks for its watches again; what has
 * happened meanwhile is told then, but for a znode that came and went.
 */

/** The answer to a read left a watch. What it waits for may have happened already, elsewhere. */
export function leaveWatch(
  contract: Contract,
  client: number,
  op: Operation,
  err: number,
  zxid: Zxid,
): void {
  const kind = kindOf(op, err);
  if (kind === null || !("path" in op) || op.path === null || !isModelled(op.path)) return;
  const { path } = op;
  const view = viewOf(contract, client);
  const known = view.watches.find((watch) => watch.path === path && watch.kind === kind);
  if (known !== undefined) return;
  const watcher: Watcher = { client, path, kind, since: zxid, due: null };
  watcher.due = firstTrigger(contract, watcher);
  view.watches.push(watcher);
  const others = contract.watchers.get(path);
  if (others === undefined) contract.watchers.set(path, [watcher]);
  else others.push(watcher);
}

/** Fires what waits for a transaction that the model has just seen. */
export function markDue(contract: Contract, body: TxnBody | PathOnly): void {
  if (contract.watchers.size === 0) return;
  switch (body.kind) {
    case "create":
    case "createContainer":
    case "createTtl":
    case "delete":
      fire(contract, body.path, false);
      fire(contract, parentOf(body.path), true);
      break;
    case "setData":
      fire(contract, body.path, false);
      break;
    case "multi":
      for (const part of body.txns) markDue(contract, part.body);
      break;
    default:
      break;
  }
}

type PathOnly = { readonly kind: "delete"; readonly path: string };

/** C6: an answer that shows the state of `zxid` has come; what fired up to there must have been told. */
export function judgeTold(checks: Checks, view: ClientView, zxid: Zxid): void {
  for (const { client, kind, path, due } of view.watches) {
    if (due === null || due > zxid) continue;
    report(
      checks,
      "C6",
      view.sid,
      `client ${client} is shown ${formatZxid(zxid)} before the event of its ${kind} watch on ${path}, which ${formatZxid(due)} fired`,
    );
  }
}

/** The client's watches are set again: one for a znode that came and went meanwhile waits anew. */
export function watchesReset(contract: Contract, view: ClientView, zxid: Zxid): void {
  for (const watch of view.watches) {
    if (watch.kind !== "exist" || watch.due === null || watch.due > zxid) continue;
    if (versionAt(contract.model, watch.path, zxid)?.stat) continue;
    watch.since = zxid;
    watch.due = firstTrigger(contract, watch);
  }
}

/** An event has reached a client that waited for it: C6, it must be true. */
export function eventTold(
  checks: Checks,
  contract: Contract,
  client: number,
  type: number,
  path: string,
): void {
  const view = viewOf(contract, client);
  let isDue = false;
  let isKnown = false;
  for (let at = view.watches.length - 1; at >= 0; at--) {
    const watch = view.watches[at]!;
    if (watch.path !== path || !takes(type, watch.kind)) continue;
    isKnown = true;
    isDue ||= watch.due !== null;
    view.watches.splice(at, 1);
    forget(contract, watch);
  }
  if (!isKnown || isDue) return;
  report(
    checks,
    "C6",
    view.sid,
    `client ${client} is told of event ${type} on ${path}, which no transaction since it set its watch has brought about`,
  );
}

/** The session is over, and its watches with it. */
export function forgetWatches(contract: Contract, view: ClientView): void {
  for (const watch of view.watches) forget(contract, watch);
  view.watches.length = 0;
}

function forget(contract: Contract, watch: Watcher): void {
  const others = contract.watchers.get(watch.path);
  if (others === undefined) return;
  const at = others.indexOf(watch);
  if (at >= 0) others.splice(at, 1);
  if (others.length === 0) contract.watchers.delete(watch.path);
}

function fire(contract: Contract, path: string, children: boolean): void {
  const waiting = contract.watchers.get(path);
  if (waiting === undefined) return;
  for (const watch of waiting) {
    if (watch.due === null && (!children || watch.kind === "child")) {
      watch.due = firstTrigger(contract, watch);
    }
  }
}

/** The first transaction after the watch's own read that fires it; null for none so far. */
function firstTrigger({ model }: Contract, { path, kind, since }: Watcher): Zxid | null {
  const versions = model.nodes.get(path)?.versions ?? [];
  let first = versions.length;
  while (first > 0 && versions[first - 1]!.since > since) first--;
  for (let at = first; at < versions.length; at++) {
    if (isTrigger(kind, versions[at]!)) return versions[at]!.since;
  }
  return null;
}

function isTrigger(kind: Watcher["kind"], { since, stat }: Version): boolean {
  if (stat === null) return true;
  if (kind === "child") return stat.pzxid === since && stat.czxid !== since;
  return stat.mzxid === since;
}

/** An event of `type` takes away watches of this kind: as the tables of the client have it. */
function takes(type: number, kind: Watcher["kind"]): boolean {
  if (type === NODE_DELETED) return true;
  return type === CHILDREN_CHANGED ? kind === "child" : kind !== "child";
}

function kindOf(op: Operation, err: number): Watcher["kind"] | null {
  switch (op.kind) {
    case "exists":
      if (!op.watch) return null;
      return err === ErrorCode.ok ? "data" : err === ErrorCode.noNode ? "exist" : null;
    case "getData":
      return op.watch && err === ErrorCode.ok ? "data" : null;
    case "getChildren":
      return op.watch && err === ErrorCode.ok ? "child" : null;
    default:
      return null;
  }
}

const NODE_DELETED = 2;
const CHILDREN_CHANGED = 4;

import { ErrorCode } from "../../../core/request/error-code.ts";
import type { Operation } from "../../../core/request/operation.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import type { Txn, TxnBody } from "../../../core/txn.ts";
import { formatZxid } from "../../../core/zxid.ts";
import type { History as ClientHistory } from "../../workload/history.ts";
import { report, type Checks } from "../checks.ts";
import { REFUSED, type Contract, type SessionView } from "./contract.ts";
import { differenceOf, expectedOf, isAboutSomethingElse } from "./expected.ts";
import { applyBody, removeOwned } from "./model.ts";
import { markDue } from "./watchers.ts";

/** Takes the model as far as history is committed, and judges each transaction against what its client asked for. */
export function followCommitted(checks: Checks, contract: Contract, calls: ClientHistory): void {
  if (contract.node === checks.committed) return;
  const { parent, txns } = checks.history;
  const news: Txn[] = [];
  for (let at = checks.committed; at !== contract.node; at = parent[at]!) news.push(txns[at]!);
  for (let index = news.length - 1; index >= 0; index--) {
    follow(checks, contract, calls, news[index]!);
  }
  contract.node = checks.committed;
}

function follow(checks: Checks, contract: Contract, calls: ClientHistory, txn: Txn): void {
  const { body } = txn;
  const session = contract.sessions.get(txn.clientId);
  contract.zxid = txn.zxid;
  if (body.kind === "createSession") beginSession(contract, txn.clientId);
  else if (body.kind === "closeSession") {
    if (session !== undefined) endSession(contract, session, txn);
  } else {
    if (session !== undefined && session.client >= 0) judge(checks, contract, calls, session, txn);
    applyBody(contract.model, txn, body);
    if (session !== undefined) noteOwned(session, body);
    markDue(contract, body);
  }
}

function beginSession(contract: Contract, id: SessionId): void {
  if (contract.sessions.has(id)) return;
  contract.sessions.set(id, {
    client: -1,
    sent: [],
    firstXids: [],
    lastCxid: 0,
    owned: new Set(),
    closed: null,
  });
}

function endSession(contract: Contract, session: SessionView, txn: Txn): void {
  session.closed ??= txn.zxid;
  removeOwned(contract.model, txn, session.owned);
  for (const path of session.owned) markDue(contract, { kind: "delete", path });
  session.owned.clear();
}

/** C1, C2, C7, C8, C9 of one transaction. */
function judge(
  checks: Checks,
  contract: Contract,
  calls: ClientHistory,
  session: SessionView,
  txn: Txn,
): void {
  const { body, cxid, zxid } = txn;
  const ticket = session.sent[cxid];
  const name = `cxid ${cxid} of client ${session.client}, committed as ${formatZxid(zxid)},`;
  if (ticket === REFUSED) {
    report(checks, "C9", 0, `${name} had been answered as not carried out`);
    return;
  }
  const entry = ticket === undefined ? undefined : calls.entries[ticket];
  if (ticket === undefined || entry === undefined) {
    report(checks, "C9", 0, `${name} was never asked for`);
    return;
  }
  const { op } = entry;
  const floor = contract.floors[ticket];
  if (floor !== undefined && zxid <= floor) {
    const shown = `${formatZxid(floor)} had been shown to a client before it was called`;
    report(checks, "C1", 0, `${name} is not after what came before it: ${shown}`);
  }
  if (body.kind === "error" && isAboutSomethingElse(body.err)) {
    if (entry.outcome === "pending") remember(contract, ticket, txn, op);
    return;
  }
  if (session.closed !== null) {
    report(
      checks,
      "C7",
      0,
      `${name} comes after its session ended in ${formatZxid(session.closed)}`,
    );
  }
  judgeOrder(checks, session, cxid, name);
  const expected = expectedOf(contract.model, op);
  const difference = expected === null ? null : differenceOf(op, expected, body);
  if (difference !== null)
    report(checks, "C9", 0, `${name} ${op.kind} ${pathOf(op)}, ${difference}`);
  if (entry.outcome === "pending") remember(contract, ticket, txn, op);
}

/** Each call once, and in the order in which they were made. */
function judgeOrder(checks: Checks, session: SessionView, cxid: number, name: string): void {
  const { lastCxid, firstXids } = session;
  if (cxid > lastCxid) {
    session.lastCxid = cxid;
    return;
  }
  const hasMoved = firstXids.some((first) => first > cxid && first <= lastCxid);
  if (cxid === lastCxid) report(checks, "C2", 0, `${name} is carried out twice`);
  else if (hasMoved) {
    report(
      checks,
      "C8",
      0,
      `${name} was sent on an earlier connection than cxid ${lastCxid}, which is carried out already`,
    );
  } else {
    report(checks, "C2", 0, `${name} comes after cxid ${lastCxid}, which was called later`);
  }
}

function remember(contract: Contract, ticket: number, txn: Txn, op: Operation): void {
  const { body, zxid } = txn;
  const err = body.kind === "error" ? body.err : ErrorCode.ok;
  const path = err === ErrorCode.ok && "path" in body ? body.path : pathOf(op);
  contract.outcomes.set(ticket, { zxid, err, path });
}

function noteOwned(session: SessionView, body: TxnBody): void {
  if (body.kind === "create" && body.ephemeral) session.owned.add(body.path);
  else if (body.kind === "multi") for (const part of body.txns) noteOwned(session, part.body);
}

function pathOf(op: Operation): string {
  return "path" in op && op.path !== null ? op.path : "";
}

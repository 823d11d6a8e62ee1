import { CONFIG_NODE_VERSION, CONFIG_PATH } from "../ensemble/config-node.ts";
import { createConfiguration, type Configuration } from "../ensemble/configuration.ts";
import { majorityOf, numberOf, parseConfiguration } from "../ensemble/configuration-text.ts";
import { isProblem, parseMember, type Problem } from "../ensemble/member-text.ts";
import type { Member } from "../config.ts";
import type { Server } from "../server-state.ts";
import { Permission } from "../tree/acl.ts";
import { withData } from "../tree/change.ts";
import type { Database } from "../tree/database.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import type { Leader } from "../zab/leader-state.ts";
import { isSyncedQuorum } from "../zab/reconfiguration.ts";
import type { Zxid } from "../zxid.ts";
import { ErrorCode } from "./error-code.ts";
import type { ReconfigOp } from "./operation.ts";
import { lookUp, pendingDigest, pushChanged } from "./pending.ts";
import type { Prepared } from "./prepare.ts";
import type { Decision, WriteRequest } from "./write-request.ts";
import { permissionErr } from "./written-node.ts";

/** Voters of an ensemble at least, unless an ensemble of one is told from a standalone server. */
const VOTERS_MIN = 2;

/**
 * Decides what becomes of a reconfiguration. The first check that fails gives the error.
 * @see spec client-protocol 4.2, 12.4; ZooKeeper, server/PrepRequestProcessor.java
 */
export function prepareReconfig(
  server: Server,
  leader: Leader,
  database: Database,
  request: WriteRequest,
  op: ReconfigOp,
): Prepared {
  const decision = decide(server, leader, database, request, op);
  if (typeof decision === "number") {
    return { body: { kind: "error", err: decision }, digest: null, err: decision };
  }
  const digest = request.options.digests ? pendingDigest(database, leader.pending) : null;
  return { body: decision, digest, err: ErrorCode.ok };
}

function decide(
  server: Server,
  leader: Leader,
  database: Database,
  request: WriteRequest,
  op: ReconfigOp,
): Decision {
  const { config, configuration, lastSeen } = server;
  if (!config.options.reconfigEnabled) return ErrorCode.reconfigDisabled;
  if (request.sessionErr !== ErrorCode.ok) return request.sessionErr;
  if (config.standalone) return ErrorCode.unimplemented;
  if (lastSeen.version !== configuration.version) return ErrorCode.reconfigInProgress;
  if (op.fromVersion !== -1n && op.fromVersion !== lastSeen.version) return ErrorCode.badVersion;

  const wanted = wantedConfiguration(op, lastSeen, request.zxid);
  if (isProblem(wanted)) {
    return wanted.notANumber ? ErrorCode.marshallingError : ErrorCode.badArguments;
  }
  const votersMin = config.options.standaloneEnabled ? VOTERS_MIN : 1;
  if (wanted.quorum.voters.length < votersMin) return ErrorCode.badArguments;
  if (!isSyncedQuorum(server, leader, wanted)) return ErrorCode.newConfigNoQuorum;
  return writeDown(leader, database, request, wanted);
}

/** The change to /zookeeper/config, where its ACL lets the client write. */
function writeDown(
  { pending }: Leader,
  database: Database,
  request: WriteRequest,
  { text }: Configuration,
): Decision {
  const change = lookUp(database, pending, CONFIG_PATH);
  if (change === null) return ErrorCode.noNode;
  const authErr = permissionErr(change, Permission.write, request);
  if (authErr !== ErrorCode.ok) return authErr;
  const data = encodeUtf8(text);
  const { zxid, timeMs } = request;
  const node = withData(change.node, data, CONFIG_NODE_VERSION, zxid, timeMs);
  pushChanged(database, pending, zxid, change, node, change.childCount);
  return { kind: "setData", path: CONFIG_PATH, data, version: CONFIG_NODE_VERSION };
}

function wantedConfiguration(
  op: ReconfigOp,
  present: Configuration,
  version: Zxid,
): Configuration | Problem {
  if (op.members !== null) {
    const parsed = parseConfiguration(op.members.replaceAll(",", "\n"));
    return isProblem(parsed) ? parsed : createConfiguration(parsed.members, parsed.quorum, version);
  }
  if (present.quorum.kind !== "majority") {
    return refused("the present configuration has groups: name all members of the new one");
  }
  const members = new Map(present.members.map((member) => [member.sid, member]));
  for (const leaving of listOf(op.leaving)) {
    const sid = numberOf(leaving);
    if (sid === null) return refused(`${leaving} is no server id`, true);
    members.delete(sid);
  }
  for (const joining of listOf(op.joining)) {
    const member = parseJoiner(joining);
    if (isProblem(member)) return member;
    for (const other of members.values()) {
      if (other.sid !== member.sid && collides(member, other)) {
        return refused(`server.${member.sid} conflicts with server.${other.sid}`);
      }
    }
    members.set(member.sid, member);
  }
  const all = [...members.values()].sort((one, other) => one.sid - other.sid);
  return createConfiguration(all, majorityOf(all), version);
}

/** `server.N=host:quorumPort:electionPort[:role];clientHost:clientPort`: all three ports are needed. */
function parseJoiner(text: string): Member | Problem {
  const [key = "", value, ...rest] = text.split("=");
  if (value === undefined || rest.length > 0) return refused(`${text} is no server`);
  const sid = numberOf(key.slice(key.lastIndexOf(".") + 1).trim());
  if (sid === null) return refused(`${key} names no server`, true);
  const member = parseMember(sid, value);
  if (isProblem(member) || member.clientAddress !== "") return member;
  return refused(`${text} has no client port`);
}

/** Do two servers want one address? */
function collides(one: Member, other: Member): boolean {
  const taken = new Set(addressesOf(other));
  return addressesOf(one).some((address) => taken.has(address));
}

/** Addresses that mean another interface on every host cannot collide. */
const EVERYWHERE = /^(0\.0\.0\.0|\[::\]|127\.[\d.]+|\[::1\]|localhost):/;

function addressesOf({ quorumAddress, electionAddress, clientAddress }: Member): string[] {
  return [quorumAddress, electionAddress, clientAddress]
    .flatMap((addresses) => addresses.split("|"))
    .filter((address) => address !== "" && !EVERYWHERE.test(address));
}

function listOf(text: string | null): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function refused(reason: string, notANumber = false): Problem {
  return { kind: "problem", reason, notANumber };
}

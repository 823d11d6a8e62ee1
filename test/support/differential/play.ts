import type { Operation } from "../../../core/request/operation.ts";
import { sessionPassword } from "../../../core/session/password.ts";
import { NO_SESSION, type SessionId } from "../../../core/session/session-id.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import {
  decodeRequest,
  decodeServerToClient,
  writeClientToServer,
} from "../../../core/wire/client-codec.ts";
import { JuteError, JuteWriter } from "../../../core/wire/jute.ts";
import { toZxid } from "../../../core/zxid.ts";
import { answerText, connectText, isEvent, type Names } from "./answer-text.ts";
import { ROOT, stepText, type Asked, type Conversation, type Step } from "./conversation.ts";
import type { Line, World } from "./world.ts";

/** The password of whoever is super on the servers compared. */
export const SUPER_AUTH = "super:secret";

/**
 * Stands for an answer that may differ between a server and an ensemble: 3.8.0 finds any connection's watch at the
 * path of a checkWatches, and so it matters who is connected to the same server.
 */
export const ANYTHING = "something";

const LENGTH_BYTES = 4;
/** Of a request: its xid and its type. */
const HEADER_BYTES = 8;
const TIMEOUT_MS = 60_000;
const ADMIN_SESSION = -1;
const QUOTA_ROOT = "/zookeeper/quota";
const UNIMPLEMENTED = -6;
const AUTH_FAILED = -115;

/**
 * Limits of quotas are compared with what has been applied: whether the write before is among that, when there was
 * no waiting for its answer, is a matter of luck. The second form is the first in hexadecimal.
 */
const HAS_QUOTA = /zookeeper_limits|7a6f6f6b65657065725f6c696d697473/;

type Session = {
  readonly index: number;
  line: Line | null;
  id: SessionId;
  xid: number;
  over: boolean;
};

type Play = {
  readonly world: World;
  readonly names: Names;
  readonly sessions: readonly Session[];
  readonly admin: Session;
  /** Is even a pipeline said request by request? */
  readonly isPaced: boolean;
  /** What was asked and what was answered, a line each. */
  readonly said: string[];
};

/**
 * Lets the clients of a conversation say what they say, each step when the one before is answered, and then looks at
 * the whole tree, ends the sessions, looks again, and removes all of it.
 *
 * @returns every step and every answer, as text in which one server is like another
 * @throws Error when something is left of it
 */
export async function play(conversation: Conversation, world: World): Promise<readonly string[]> {
  const sessions = Array.from({ length: conversation.sessionCount }, (_, index) => session(index));
  const names: Names = { baseZxid: 0n, sessions: [] };
  const player: Play = {
    world,
    names,
    sessions,
    admin: session(ADMIN_SESSION),
    isPaced: conversation.steps.some((step) => HAS_QUOTA.test(stepText(step))),
    said: [],
  };
  await prepare(player);
  for (const [index, step] of conversation.steps.entries()) {
    player.said.push(`${index + 1}. ${stepText(step)}`);
    await take(player, step);
    await world.settle();
  }
  player.said.push("the tree");
  await flushAll(player);
  await walk(player, ROOT, note);
  await walk(player, QUOTA_ROOT, note);
  player.said.push("the end");
  for (const each of sessions) await end(player, each);
  await walk(player, ROOT, note);
  await cleanUp(player);
  return player.said;
}

function session(index: number): Session {
  return { index, line: null, id: NO_SESSION, xid: 0, over: false };
}

async function prepare(player: Play): Promise<void> {
  const { admin, world } = player;
  admin.line = await world.open(0);
  admin.line.say(connectFrame({ sessionId: NO_SESSION, password: new Uint8Array(16) }));
  await admin.line.hear();
  const auth = Buffer.from(SUPER_AUTH);
  await quietly(player, { kind: "auth", scheme: "digest", auth });
  const made = { kind: "create", type: 1, path: ROOT, data: null, flags: 0, ttlMs: -1 } as const;
  await quietly(player, { ...made, acl: OPEN_ACL });
  await world.settle();
  const view = viewOf(await quietly(player, { kind: "ping" }));
  player.names.baseZxid = view.getBigInt64(4);
}

async function take(player: Play, step: Step): Promise<void> {
  switch (step.kind) {
    case "knock":
      await knock(player, step.bytes);
      return;
    case "cut": {
      const client = clientOf(player, step.session);
      await flush(player, client);
      client.line?.hangUp();
      client.line = null;
      return;
    }
    case "attach":
      await attach(player, clientOf(player, step.session), step);
      return;
    case "ask":
      await ask(player, clientOf(player, step.session), [step.request]);
      return;
    case "pipeline":
      if (player.isPaced) {
        for (const asked of step.requests) {
          await ask(player, clientOf(player, step.session), [asked]);
          await player.world.settle();
        }
      } else await ask(player, clientOf(player, step.session), step.requests);
      return;
  }
}

function clientOf({ sessions }: Play, index: number): Session {
  return sessions[index % sessions.length] as Session;
}

async function knock(player: Play, bytes: Uint8Array): Promise<void> {
  const line = await player.world.open(0);
  line.say(bytes);
  const heard = await line.hear();
  note(player, heard === null ? "hung up" : connectText(heard, player.names));
  line.hangUp();
}

async function ask(player: Play, client: Session, requests: readonly Asked[]): Promise<void> {
  if (client.id === NO_SESSION) await attach(player, client, FIRST_ATTACH);
  const { line } = client;
  if (line === null) {
    note(player, "(no connection)");
    return;
  }
  const frames = requests.map((asked) => frameOf(asked, client, player.names));
  line.say(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames));
  for (const [index, frame] of frames.entries()) {
    const op = requests[index]?.kind === "frame" ? null : operationIn(frame);
    if (!(await hearAnswer(player, client, line, op))) return;
  }
}

/** Hears what comes up to the answer to `op`. False when the connection has ended. */
async function hearAnswer(
  player: Play,
  client: Session,
  line: Line,
  op: Operation | null,
): Promise<boolean> {
  for (;;) {
    const payload = await line.hear();
    if (payload === null) {
      note(player, `s${client.index} is hung up on`);
      if (client.line === line) client.line = null;
      return false;
    }
    const isAny = op?.kind === "checkWatches" && !player.world.isOneServer && !isEvent(payload);
    const text = isAny ? ANYTHING : answerText(payload, op, player.names);
    note(player, `s${client.index} hears ${text}`);
    if (isEvent(payload)) continue;
    const view = viewOf(payload);
    const [zxid, err] = [view.getBigInt64(4), view.getInt32(12)];
    if (op?.kind === "closeSession" && err === 0) client.over = true;
    const isLast =
      op?.kind === "closeSession" || err === AUTH_FAILED || (err === UNIMPLEMENTED && zxid === -1n);
    if (!isLast) return true;
    op = null;
  }
}

type Attach = Omit<Extract<Step, { kind: "attach" }>, "kind" | "session">;
const FIRST_ATTACH: Attach = {
  password: "right",
  timeoutMs: TIMEOUT_MS,
  readOnly: false,
  seenZxid: 0,
};

async function attach(player: Play, client: Session, how: Attach): Promise<void> {
  await flush(player, client);
  const old = client.line;
  const line = await player.world.open(Math.max(client.index, 0));
  const sessionId = (
    client.id !== NO_SESSION && how.password === "of an unknown session"
      ? client.id ^ (1n << 40n)
      : client.id
  ) as SessionId;
  const lastZxidSeen = player.names.baseZxid + BigInt(how.seenZxid);
  const password = passwordOf(sessionId, how.password);
  line.say(connectFrame({ ...how, sessionId, password, lastZxidSeen }));
  const payload = await line.hear();
  if (payload === null) note(player, `s${client.index} is hung up on at once`);
  else await attached(player, client, line, payload);
  await player.world.settle();
  // Who holds the session is cut off; an answer on the old connection says that it was not.
  if (old !== null) await flushLine(player, client, old);
}

async function attached(
  player: Play,
  client: Session,
  line: Line,
  payload: Uint8Array,
): Promise<void> {
  const message = decodeServerToClient(payload, { kind: "session" });
  const isAlive = message.kind === "connectResponse" && message.timeoutMs > 0;
  if (isAlive) {
    if (client.id === NO_SESSION) player.names.sessions.push(message.sessionId);
    client.id = message.sessionId;
    client.line = line;
  }
  note(player, `s${client.index} is ${connectText(payload, player.names)}`);
  if (!isAlive) await hearAnswer(player, client, line, null);
}

function passwordOf(id: SessionId, kind: Attach["password"]): Uint8Array | null {
  const right = id === NO_SESSION ? new Uint8Array(16) : sessionPassword(id);
  switch (kind) {
    case "right":
    case "of an unknown session":
      return right;
    case "wrong":
      return right.map((byte) => byte ^ 1);
    case "short":
      return right.slice(1);
    case "null":
      return null;
  }
}

/** Hears all that was on its way to a client: the answer to a ping comes last. */
async function flush(player: Play, client: Session): Promise<void> {
  if (client.line !== null) await flushLine(player, client, client.line);
}

async function flushLine(player: Play, client: Session, line: Line): Promise<void> {
  line.say(requestFrame(-2, { kind: "ping" }));
  await hearAnswer(player, client, line, { kind: "ping" });
}

async function flushAll(player: Play): Promise<void> {
  for (const client of player.sessions) await flush(player, client);
}

/** A session that has lost its connection is taken up once more, so that nothing of it is left to expire. */
async function end(player: Play, client: Session): Promise<void> {
  if (client.id === NO_SESSION || client.over) return;
  if (client.line === null) await attach(player, client, FIRST_ATTACH);
  await ask(player, client, [{ kind: "op", xid: null, op: { kind: "closeSession" } }]);
  await player.world.settle();
  await flushAll(player);
}

/** Asks whoever is super about a whole tree, and returns the paths in it, parents first. */
async function walk(
  player: Play,
  root: string,
  tell: (player: Play, text: string) => void,
): Promise<readonly string[]> {
  const paths = [root];
  const found: string[] = [];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    const ops: readonly Operation[] = [
      { kind: "getData", path, watch: false },
      { kind: "getAcl", path },
      { kind: "getChildren", type: 8, path, watch: false },
    ];
    const answers = await pipelineQuietly(player, ops);
    for (const [index, payload] of answers.entries()) {
      const op = ops[index] as Operation;
      tell(player, `${op.kind} ${path}: ${answerText(payload, op, player.names)}`);
    }
    const names = childrenIn(answers[2] as Uint8Array);
    if (names === null) continue;
    found.push(path);
    for (const name of names) paths.push(`${path === "/" ? "" : path}/${name}`);
  }
  return found;
}

function childrenIn(payload: Uint8Array): readonly string[] | null {
  const op: Operation = { kind: "getChildren", type: 8, path: "", watch: false };
  const message = decodeServerToClient(payload, { kind: "replies", opOf: () => op });
  if (message.kind !== "reply" || message.result?.kind !== "children") return null;
  return message.result.children;
}

async function cleanUp(player: Play): Promise<void> {
  const silent = (): void => undefined;
  const all = await walk(player, "/", silent);
  const left = all.filter((path) => !FIRST_PATHS.has(path));
  const ops = left
    .toReversed()
    .map((path) => ({ kind: "delete", path, version: -1 }) as const satisfies Operation);
  const answers = await pipelineQuietly(player, ops);
  const isClean = answers.every((payload) => viewOf(payload).getInt32(12) === 0);
  await quietly(player, { kind: "closeSession" });
  player.admin.line?.hangUp();
  for (const { line } of player.sessions) line?.hangUp();
  await player.world.settle();
  if (!isClean) throw new Error(`${player.world.name} did not delete ${left.join(" ")}`);
}

const FIRST_PATHS: ReadonlySet<string> = new Set([
  "/",
  "/zookeeper",
  QUOTA_ROOT,
  "/zookeeper/config",
]);

async function quietly(player: Play, op: Operation): Promise<Uint8Array> {
  const [payload] = await pipelineQuietly(player, [op]);
  return payload as Uint8Array;
}

async function pipelineQuietly(player: Play, ops: readonly Operation[]): Promise<Uint8Array[]> {
  const { admin, world } = player;
  const { line } = admin;
  if (line === null) throw new Error("nobody is super");
  line.say(Buffer.concat(ops.map((op) => requestFrame(++admin.xid, op))));
  const answers: Uint8Array[] = [];
  while (answers.length < ops.length) {
    const payload = await line.hear();
    if (payload === null) throw new Error(`${world.name} hung up on super`);
    answers.push(payload);
  }
  return answers;
}

function note({ said }: Play, text: string): void {
  said.push(`    ${text}`);
}

const writer = new JuteWriter();

function frameOf(asked: Asked, client: Session, { baseZxid }: Names): Uint8Array {
  if (asked.kind === "frame") return asked.bytes;
  const xid = asked.xid ?? ++client.xid;
  if (asked.kind === "raw") {
    const { type, body } = asked;
    writer.reset();
    writer.int(HEADER_BYTES + body.length);
    writer.int(xid);
    writer.int(type);
    writer.raw(body);
    const frame = writer.toBytes();
    if (SET_WATCHES.has(type)) shiftZxid(frame, baseZxid);
    return frame;
  }
  const { op } = asked;
  if (op.kind !== "setWatches") return requestFrame(xid, op);
  return requestFrame(xid, { ...op, relativeZxid: toZxid(baseZxid + op.relativeZxid) });
}

/** A setWatches begins with a zxid, spoilt or not, and it counts from the beginning of the conversation. */
const SET_WATCHES: ReadonlySet<number> = new Set([101, 105]);

function shiftZxid(frame: Uint8Array, baseZxid: bigint): void {
  const at = LENGTH_BYTES + HEADER_BYTES;
  if (frame.length < at + 8) return;
  const view = viewOf(frame);
  view.setBigInt64(at, view.getBigInt64(at) + baseZxid);
}

function requestFrame(xid: number, op: Operation): Uint8Array {
  writer.reset();
  writeClientToServer(writer, { kind: "request", xid, op });
  return writer.toBytes();
}

function connectFrame(
  fields: Partial<Omit<Attach, "password">> & {
    sessionId: SessionId;
    password: Uint8Array | null;
    lastZxidSeen?: bigint;
  },
): Uint8Array {
  writer.reset();
  writeClientToServer(writer, {
    kind: "connect",
    lastZxidSeen: toZxid(fields.lastZxidSeen ?? 0n),
    timeoutMs: fields.timeoutMs ?? TIMEOUT_MS,
    sessionId: fields.sessionId,
    password: fields.password,
    readOnly: fields.readOnly === undefined ? false : fields.readOnly,
  });
  return writer.toBytes();
}

/** How the answer is to be read; null where none can be expected. */
function operationIn(frame: Uint8Array): Operation | null {
  try {
    return decodeRequest(frame.subarray(LENGTH_BYTES)).op;
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}

function viewOf(payload: Uint8Array): DataView {
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
}

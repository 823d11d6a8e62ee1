import type { Message } from "../../core/message.ts";
import type { ClientToServer, Operation, ServerToClient } from "../../core/request/operation.ts";
import {
  decodeConnectRequest,
  decodeRequest,
  decodeServerToClient,
  writeClientToServer,
  writeServerToClient,
} from "../../core/wire/client-codec.ts";
import {
  createElectionDecoder,
  feedElection,
  writeHello,
  writeNotification,
  type ElectionDecoder,
} from "../../core/wire/election-codec.ts";
import { JuteWriter } from "../../core/wire/jute.ts";
import { createPacketDecoder, feed, type PacketDecoder } from "../../core/wire/packet-decoder.ts";
import { writeQuorumPacket } from "../../core/wire/quorum-codec.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import type { ClientProcess } from "./state.ts";
import type { Wires } from "./wires.ts";

/** One for all: encoding never nests and never waits. */
const writer = new JuteWriter(4096);
const LENGTH_BYTES = 4;

/**
 * What a server reads of `message` once it has been bytes on a connection, as a real one would.
 *
 * @param conn the receiver's own number for it: positive where it opened the connection
 */
export function asServerReads(
  wires: Wires,
  processId: number,
  conn: number,
  message: Message,
): Message {
  writer.reset();
  const key = `${processId} ${conn}`;
  switch (message.kind) {
    case "connect":
    case "request":
      return requestAsRead(message);
    case "hello":
      writeHello(writer, message);
      return onlyOne(feedElection(electionDecoder(wires, key, conn), taken()), message);
    case "notification":
      writeNotification(writer, message);
      return onlyOne(feedElection(electionDecoder(wires, key, conn), taken()), message);
    case "connectResponse":
    case "reply":
    case "watchEvent":
      throw new Error(`a server was sent a ${message.kind}`);
    default:
      writeQuorumPacket(writer, message);
      return onlyOne(feed(packetDecoder(wires, key, conn), taken()), message);
  }
}

function requestAsRead(message: ClientToServer): ClientToServer {
  writeClientToServer(writer, message);
  const payload = taken().subarray(LENGTH_BYTES);
  return message.kind === "connect" ? decodeConnectRequest(payload) : decodeRequest(payload);
}

/** The same for a client, which knows by what it has asked how to read an answer. */
export function asClientReads(process: ClientProcess, message: ServerToClient): ServerToClient {
  writer.reset();
  writeServerToClient(writer, message);
  const { link, pending } = process.client;
  const opOf = (xid: number): Operation | undefined =>
    pending.find((request) => request.xid === xid)?.op;
  return decodeServerToClient(
    taken().subarray(LENGTH_BYTES),
    link === "attached" ? { kind: "replies", opOf } : { kind: "session" },
  );
}

/** A copy, for the writer is used again before all of it has been read. */
function taken(): Uint8Array {
  return writer.toBytes();
}

function packetDecoder(wires: Wires, key: string, conn: number): PacketDecoder {
  let decoder = wires.quorum.get(key);
  if (decoder === undefined) {
    decoder = createPacketDecoder(conn > 0 ? "leader" : "learner");
    wires.quorum.set(key, decoder);
  }
  return decoder;
}

function electionDecoder(wires: Wires, key: string, conn: number): ElectionDecoder {
  let decoder = wires.election.get(key);
  if (decoder === undefined) {
    decoder = createElectionDecoder(conn > 0 ? "acceptor" : "opener");
    wires.election.set(key, decoder);
  }
  return decoder;
}

function onlyOne<M extends QuorumPacket | Message>(read: readonly M[], written: Message): M {
  const [message] = read;
  if (message === undefined || read.length > 1) {
    throw new Error(
      `a ${written.kind} was read as ${read.map(({ kind }) => kind).join() || "nothing"}`,
    );
  }
  return message;
}

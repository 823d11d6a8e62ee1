import type { ServerConfig } from "../../core/config.ts";
import { placeOfItem, type Choices } from "../../sim/network/state.ts";
import { MessageCode } from "../../sim/trace/row.ts";
import type { DeliveryInput, TargetInput } from "./input.ts";
import { unknownWord } from "./nearest.ts";
import { checkClient, checkSid, durationUs, fail, type Reader } from "./reader.ts";

const PORTS = ["quorum", "election", "client"] as const;
type Port = (typeof PORTS)[number];

/** Lanes of messages by the names that a scenario calls them; a notification by its sender's state. */
const LANES: ReadonlyMap<string, number> = new Map([
  ["signal", 0],
  ...Object.entries(MessageCode),
  ["notification FOLLOWING", MessageCode.notification + 1],
  ["notification LEADING", MessageCode.notification + 2],
  ["notification OBSERVING", MessageCode.notification + 3],
]);

const NAMES: ReadonlyMap<number, string> = new Map([...LANES].map(([name, lane]) => [lane, name]));

/** Times of single messages, as the network looks them up. */
export function readDeliveries(
  reader: Reader,
  inputs: readonly DeliveryInput[],
  servers: readonly ServerConfig[],
): Choices | null {
  if (inputs.length === 0) return null;
  const ways = new Map<string, Map<number, number>>();
  for (const [index, input] of inputs.entries()) {
    const path = ["deliveries", index];
    const way = readWay(reader, path, input, servers);
    const lane = LANES.get(input.message);
    if (lane === undefined) {
      const names = [...LANES.keys()];
      fail(reader.source, [...path, "message"], unknownWord("message", input.message, names));
    }
    let choices = ways.get(way);
    if (choices === undefined) {
      choices = new Map();
      ways.set(way, choices);
    }
    const tookUs = durationUs(reader.source, [...path, "takes"], input.takes, 0);
    choices.set(placeOfItem(lane, input.nth - 1), tookUs);
  }
  for (const choices of ways.values()) Object.freeze(choices);
  return Object.freeze(ways);
}

/** A message as a scenario names it; null when it is on no connection to a server. */
export function deliveryOf(
  servers: readonly ServerConfig[],
  way: string,
  lane: number,
  nth: number,
): Omit<DeliveryInput, "takes"> | null {
  const [openerHost = "", address = "", connection, direction] = way.split(" ");
  const opener = partyOn(servers, openerHost);
  for (const { sid, members } of servers) {
    const own = members.find((member) => member.sid === sid);
    const port = PORTS.find((each) => own?.[`${each}Address`] === address);
    if (port === undefined) continue;
    const [from, to] = direction === "out" ? [opener, sid] : [sid, opener];
    return {
      message: NAMES.get(lane) ?? "signal",
      nth: nth + 1,
      from,
      to,
      port: `${port} of ${sid}`,
      connection: Number(connection),
    };
  }
  return null;
}

function readWay(
  reader: Reader,
  path: readonly (string | number)[],
  { from, to, port, connection }: DeliveryInput,
  servers: readonly ServerConfig[],
): string {
  const [, kind, number] = /^(quorum|election|client) of (\d+)$/.exec(port) ?? [];
  const acceptor = servers.find(({ sid }) => sid === Number(number));
  const at = [...path, "port"];
  if (kind === undefined || acceptor === undefined) {
    return fail(reader.source, at, `expected a port such as "quorum of 2", found "${port}"`);
  }
  const { sid, members } = acceptor;
  if (from !== sid && to !== sid) {
    fail(reader.source, at, `server ${sid} is at neither end of the connection`);
  }
  const isAnswer = from === sid;
  const address = members.find((member) => member.sid === sid)?.[`${kind as Port}Address`] ?? "";
  const host = isAnswer
    ? hostOf(reader, [...path, "to"], to, servers)
    : hostOf(reader, [...path, "from"], from, servers);
  return `${host} ${address} ${connection} ${isAnswer ? "in" : "out"}`;
}

function hostOf(
  reader: Reader,
  path: readonly (string | number)[],
  party: TargetInput,
  servers: readonly ServerConfig[],
): string {
  if (typeof party === "string") return `client-${checkClient(reader, path, party)}`;
  checkSid(reader, path, party);
  return hostName(servers, party);
}

function partyOn(servers: readonly ServerConfig[], host: string): TargetInput {
  const server = servers.find(({ sid }) => hostName(servers, sid) === host);
  return server?.sid ?? host.slice("client-".length);
}

function hostName(servers: readonly ServerConfig[], sid: number): string {
  const config = servers.find((server) => server.sid === sid);
  const address = config?.members.find((member) => member.sid === sid)?.electionAddress ?? "";
  return address.slice(0, address.lastIndexOf(":"));
}

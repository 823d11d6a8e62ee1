import { ConfigProblem, type ConfigNote } from "../../core/ensemble/config-problem.ts";
import { makeServerConfig } from "../../core/ensemble/server-config.ts";
import { addressesOf, formatAddress } from "../../core/ensemble/address.ts";
import { systemProperties } from "../../core/ensemble/system-properties.ts";
import { readZooCfg, type ZooCfg } from "../../core/ensemble/zoo-cfg.ts";
import type { Member, ServerConfig } from "../../core/config.ts";
import { formatPlace, InputProblem } from "./input-problem.ts";

/** Where clients find a server of a file that names no port for them. */
const CLIENT_PORT = 2181;

/**
 * Reads a zoo.cfg of an ensemble to simulate.
 *
 * @throws InputProblem at the line that the real server would not start with, or where nobody would vote
 */
export function parseZooCfg(text: string, file: string): ZooCfg {
  const cfg = translated(() => readZooCfg(text, file));
  const { servers } = cfg.membership;
  if (servers.length === 0) {
    throw atFile(file, "expected at least one line server.N=host:port:port");
  }
  if (!servers.some(({ role }) => role === "participant")) {
    throw atFile(file, "no server of it votes");
  }
  return cfg;
}

/** The server `sid` of a zoo.cfg; `cfgOf` has the file of each, for the client ports. */
export function serverFrom(
  sid: number,
  cfg: ZooCfg,
  cfgOf: (sid: number) => ZooCfg,
): { readonly server: ServerConfig; readonly warnings: readonly string[] } {
  const properties = systemProperties(cfg.properties, new Map());
  const withClientAddress = (member: Member): Member => {
    const [peer] = addressesOf(member.quorumAddress);
    const [client] = addressesOf(member.clientAddress);
    const port = client?.port ?? cfgOf(member.sid).clientPort ?? CLIENT_PORT;
    return { ...member, clientAddress: formatAddress({ host: peer?.host ?? "", port }) };
  };
  const { membership } = cfg;
  const server = translated(() =>
    makeServerConfig(cfg, {
      sid,
      standalone: false,
      membership: { ...membership, servers: membership.servers.map(withClientAddress) },
      properties,
      saslUsers: null,
      nextText: "",
      talkative: false,
    }),
  );
  return { server, warnings: [...cfg.notes, ...properties.notes].map(warningOf) };
}

function warningOf({ file, line, what }: ConfigNote): string {
  return `${formatPlace({ file, line, column: 0 })}  ${what}`;
}

function translated<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigProblem)) throw error;
    throw new InputProblem({ file: error.file, line: error.line, column: 0 }, error.what);
  }
}

function atFile(file: string, what: string): InputProblem {
  return new InputProblem({ file, line: 0, column: 0 }, what);
}

import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Property } from "../../core/ensemble/properties.ts";

const ANSWER_MS = 5000;

type Server = { readonly host: string; readonly port: number; readonly isTls: boolean };

/**
 * Asks a server one of its four-letter words.
 *
 * @param defined the client's system properties: `zookeeper.ssl.*` name PEM files
 * @returns the whole answer, or null when there was none within five seconds
 */
export function askFourLetterWord(
  server: Server,
  word: string,
  defined: ReadonlyMap<string, Property>,
): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = "";
    const end = (text: string | null): void => {
      socket.destroy();
      resolve(text);
    };
    const socket = open(server, defined, () => {
      socket.write(word);
    });
    socket.setEncoding("utf8");
    socket.setTimeout(ANSWER_MS, () => end(null));
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("end", () => end(answer));
    socket.on("error", () => end(null));
  });
}

function open(server: Server, defined: ReadonlyMap<string, Property>, onOpen: () => void): Socket {
  const { host, port, isTls } = server;
  if (!isTls) return connect({ host, port }, onOpen);
  const fileOf = (name: string): Buffer | undefined => {
    const path = defined.get(`zookeeper.ssl.${name}.location`)?.value;
    return path === undefined ? undefined : readFileSync(path);
  };
  const own = fileOf("keyStore");
  const ca = fileOf("trustStore");
  return connectTls(
    {
      host,
      port,
      ...(own === undefined ? {} : { key: own, cert: own }),
      ...(ca === undefined ? {} : { ca }),
    },
    onOpen,
  );
}

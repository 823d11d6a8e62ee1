import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../golden/captures");

/** A recorded frame of test/golden/captures/client; README.md there says what each field means. */
type ClientFrame = {
  readonly dir: "c2s" | "s2c";
  readonly hex: string;
  readonly note?: string;
  readonly conn?: string;
  readonly eof?: boolean;
  readonly omitted?: boolean;
  readonly raw?: boolean;
};

export type ClientCapture = { readonly name: string; readonly frames: readonly ClientFrame[] };

/** What two ends of one connection wrote, in order; several frames may share one write. */
export type Exchange = {
  readonly name: string;
  readonly writes: readonly { readonly from: "client" | "server"; readonly bytes: Uint8Array }[];
};

/** Every connection of every client capture, without those that spoke four-letter words. */
export function clientExchanges(): readonly Exchange[] {
  return names("client").flatMap((name) => {
    const capture = readCapture<ClientCapture>("client", name);
    const byConn = new Map<string, ClientFrame[]>();
    for (const frame of capture.frames) {
      const conn = frame.conn ?? "only";
      byConn.set(conn, [...(byConn.get(conn) ?? []), frame]);
    }
    return [...byConn]
      .filter(([, frames]) => !frames.some((frame) => frame.raw === true))
      .map(([conn, frames]) => ({
        name: `${name} ${conn}`,
        writes: frames
          .filter((frame) => frame.hex !== "")
          .map((frame) => ({
            from: frame.dir === "c2s" ? ("client" as const) : ("server" as const),
            bytes: fromHex(frame.hex),
          })),
      }));
  });
}

type QuorumCapture = {
  readonly connections: readonly {
    readonly id: number;
    readonly from: number;
    readonly port: "election" | "quorum";
    readonly openedBefore?: boolean;
    readonly frames: readonly {
      readonly dir: "a2b" | "b2a";
      readonly kind: string;
      readonly hex: string;
    }[];
  }[];
};

/** All that one end of a connection between servers wrote. */
export type OneWay = {
  readonly name: string;
  readonly port: "election" | "quorum";
  readonly from: "opener" | "acceptor";
  /** False where the recording begins later than the connection. */
  readonly fromTheStart: boolean;
  readonly frames: readonly { readonly kind: string; readonly bytes: Uint8Array }[];
};

/** Both directions of every connection between servers that was recorded, without those that stayed silent. */
export function quorumStreams(): readonly OneWay[] {
  return names("quorum").flatMap((name) =>
    readCapture<QuorumCapture>("quorum", name).connections.flatMap((connection) =>
      (["a2b", "b2a"] as const)
        .map((dir) => ({
          name: `${name} ${connection.id} ${dir}`,
          port: connection.port,
          from: dir === "a2b" ? ("opener" as const) : ("acceptor" as const),
          fromTheStart: connection.openedBefore !== true,
          frames: connection.frames
            .filter((frame) => frame.dir === dir)
            .map(({ kind, hex }) => ({ kind, bytes: fromHex(hex) })),
        }))
        .filter(({ frames }) => frames.length > 0),
    ),
  );
}

/** Every client capture. */
export function clientCaptureNames(): readonly string[] {
  return names("client");
}

function names(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

function readCapture<Capture>(folder: string, name: string): Capture {
  return JSON.parse(readFileSync(join(ROOT, folder, `${name}.json`), "utf8")) as Capture;
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

import { createConnection } from "node:net";
import { Silence, type Line, type World } from "./world.ts";

/** ms; a busy machine may take long, and only a wrong server is ever waited for that long. */
const PATIENCE_MS = 20_000;
const LENGTH_BYTES = 4;

/** A server that listens on a port of this machine. */
export function socketWorld(name: string, port: number, close: () => Promise<unknown>): World {
  return {
    name,
    isOneServer: true,
    open: () => openLine(name, port),
    settle: () => Promise.resolve(),
    close: async () => {
      await close();
    },
  };
}

function openLine(name: string, port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
    const frames: (Uint8Array | null)[] = [];
    let bytes: Buffer = Buffer.alloc(0);
    let wake: (() => void) | null = null;
    const arrived = (frame: Uint8Array | null): void => {
      frames.push(frame);
      wake?.();
    };
    const ended = (): void => {
      if (frames.at(-1) !== null) arrived(null);
    };
    socket.on("data", (chunk: Buffer) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      while (bytes.length >= LENGTH_BYTES) {
        const end = LENGTH_BYTES + bytes.readInt32BE(0);
        if (bytes.length < end) break;
        arrived(bytes.subarray(LENGTH_BYTES, end));
        bytes = bytes.subarray(end);
      }
    });
    socket.on("end", ended);
    socket.on("close", ended);
    socket.on("error", (error) => {
      reject(error);
      ended();
    });
    socket.on("connect", () => {
      resolve({
        say: (frame) => {
          if (!socket.destroyed) socket.write(frame);
        },
        hear: async () => {
          if (frames.length === 0) {
            await new Promise<void>((heard, failed) => {
              const timer = setTimeout(() => {
                failed(new Silence(`${name} says nothing`));
              }, PATIENCE_MS);
              wake = () => {
                clearTimeout(timer);
                heard();
              };
            });
            wake = null;
          }
          // The end stays where it is.
          return frames[0] === null ? null : (frames.shift() ?? null);
        },
        hangUp: () => {
          socket.destroy();
        },
      });
    });
  });
}

import type { Socket } from "node:net";
import type { ServerConfig } from "../core/config.ts";
import type { Port } from "../core/message.ts";
import { openDisk } from "./disk/disk.ts";
import type { Channel } from "./net/channel.ts";
import { clientSpeech, type ClientHost } from "./net/client-speech.ts";
import { listen, remoteAddress, type Address, type Listener } from "./net/listener.ts";
import { addressOf, connectTo } from "./net/peers.ts";
import {
  accepted,
  createRuntime,
  dispatch,
  resumeLater,
  shutDown,
  start,
  type Runtime,
} from "./runtime/runtime.ts";

export type RunSettings = {
  readonly config: ServerConfig;
  readonly snapDir: string;
  readonly logDir: string;
  readonly forceSync: boolean;
  readonly clientAddress: Address | null;
  readonly backlog: number;
  readonly frameMaxBytes: number;
};

/** A server at work. */
export type RunningServer = {
  /** The exit code, once it has ended. */
  readonly exited: Promise<number>;
  readonly stop: () => Promise<void>;
};

/**
 * Starts a server on the sockets and disks of this machine.
 *
 * @throws Error of the system when the client port cannot be had
 */
export async function startServer(settings: RunSettings): Promise<RunningServer> {
  const listeners = new Map<Port, Promise<Listener>>();
  let serving = false;
  let runtime: Runtime | null = null;
  let end: (code: number) => void = () => {};
  const exited = new Promise<number>((resolve) => {
    end = resolve;
  });

  const accept = (port: Port) => (socket: Socket) => {
    if (runtime === null || (port === "client" && !serving)) socket.destroy();
    else accepted(runtime, port, socket, remoteAddress(socket));
  };
  const { clientAddress, backlog } = settings;
  if (clientAddress !== null) {
    listeners.set(
      "client",
      Promise.resolve(await listen({ address: clientAddress, backlog, accept: accept("client") })),
    );
  }

  const disk = openDisk({
    snapDir: settings.snapDir,
    logDir: settings.logDir,
    forceSync: settings.forceSync,
    onEvent: (event) => {
      if (runtime !== null) dispatch(runtime, event);
    },
  });

  const clientHost: ClientHost = {
    frameMaxBytes: settings.frameMaxBytes,
    received: (channel, message) => {
      if (runtime !== null) dispatch(runtime, { kind: "received", conn: channel.conn, message });
    },
    isWord: () => false,
    answerWord: () => {},
    resumeLater: (channel: Channel) => {
      if (runtime !== null) resumeLater(runtime, channel);
    },
  };

  runtime = createRuntime(settings.config, {
    disk,
    connect: (_conn, _port, address) => connectTo(address),
    speechOf: (channel) => clientSpeech(channel, clientHost),
    listen: (port) => {
      if (port === "client") serving = true;
      else {
        const own = settings.config.members.find(({ sid }) => sid === settings.config.sid);
        if (own === undefined) return;
        const text = port === "quorum" ? own.quorumAddress : own.electionAddress;
        listeners.set(port, listen({ address: addressOf(text), backlog, accept: accept(port) }));
      }
    },
    unlisten: (port) => {
      void listeners.get(port)?.then((listener) => {
        listener.close();
      });
      listeners.delete(port);
    },
    observe: () => {},
    fault: () => {},
    exited: (code) => {
      if (runtime !== null) shutDown(runtime);
      for (const listener of listeners.values()) void listener.then((each) => each.close());
      void disk.close().then(() => {
        end(code);
      });
    },
  });
  start(runtime);
  return {
    exited,
    stop: async () => {
      if (runtime !== null) dispatch(runtime, { kind: "stopped" });
      await exited;
    },
  };
}

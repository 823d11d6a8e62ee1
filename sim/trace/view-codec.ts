import type { ClientView, LinkFaultView, LogCell, MessageView, ServerView, View } from "./view.ts";

/** A view as text: JSON, with 64-bit numbers as decimal strings and log cells as `zxid:marks`. */
export function encodeView(view: View): string {
  return JSON.stringify(
    {
      ...view,
      servers: view.servers.map((server) => ({ ...server, log: server.log.map(encodeCell) })),
      inFlight: [...view.inFlight.values()],
      committed: view.committed,
    },
    (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
  );
}

/** Reads what {@link encodeView} wrote, inside a file whose checksum was good. */
export function decodeView(text: string): View {
  const view = JSON.parse(text) as WrittenView;
  return {
    ...view,
    servers: view.servers.map(decodeServer),
    clients: view.clients.map((client) => ({ ...client, sessionId: BigInt(client.sessionId) })),
    inFlight: new Map(
      view.inFlight.map((message) => [message.id, { ...message, zxid: BigInt(message.zxid) }]),
    ),
    // Views written before there were such faults have none.
    linkFaults: view.linkFaults ?? [],
    committed: BigInt(view.committed),
  };
}

/** What a view looks like as JSON: 64-bit numbers as strings. */
type Written<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] };
type WrittenServer = Omit<Written<ServerView>, "vote" | "log"> & {
  readonly vote: Written<ServerView["vote"]>;
  readonly log: readonly string[];
};
type WrittenView = Omit<Written<View>, "servers" | "clients" | "inFlight" | "linkFaults"> & {
  readonly servers: readonly WrittenServer[];
  readonly clients: readonly Written<ClientView>[];
  readonly inFlight: readonly Written<MessageView>[];
  readonly linkFaults?: LinkFaultView[];
};

const MARKS = ["synced", "acked", "committed", "applied", "lost"] as const;

function encodeCell(cell: LogCell): string {
  let marks = 0;
  MARKS.forEach((mark, bit) => {
    if (cell[mark]) marks |= 1 << bit;
  });
  return `${cell.zxid}:${marks}`;
}

function decodeCell(text: string): LogCell {
  const colon = text.indexOf(":");
  const marks = Number(text.slice(colon + 1));
  return {
    zxid: BigInt(text.slice(0, colon)),
    synced: (marks & 1) !== 0,
    acked: (marks & 2) !== 0,
    committed: (marks & 4) !== 0,
    applied: (marks & 8) !== 0,
    lost: (marks & 16) !== 0,
  };
}

function decodeServer(server: WrittenServer): ServerView {
  return {
    ...server,
    vote: { ...server.vote, zxid: BigInt(server.vote.zxid) },
    logged: BigInt(server.logged),
    synced: BigInt(server.synced),
    applied: BigInt(server.applied),
    base: BigInt(server.base),
    log: server.log.map(decodeCell),
  };
}

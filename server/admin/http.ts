import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { commandList, commandText } from "./commands.ts";
import type { ServerView } from "./view.ts";

/** `admin.*` of zoo.cfg. */
export type HttpSettings = {
  readonly address: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** ms without a word before a connection is closed. */
  readonly idleMs: number;
  /** Where the commands are, such as `/commands`. */
  readonly commandUrl: string;
};

export const DEFAULT_HTTP: HttpSettings = {
  address: "0.0.0.0",
  port: 8080,
  idleMs: 30_000,
  commandUrl: "/commands",
};

export type AdminServer = {
  readonly port: number;
  readonly close: () => Promise<void>;
};

/** An operator and a few monitors; whoever opens more is sent away. */
const CONNECTIONS_MAX = 64;
const HEADER_BYTES_MAX = 8192;

/**
 * Serves the commands over HTTP. What goes wrong while one is answered never reaches the server behind.
 *
 * @throws the error of `listen`, when the port is taken: a standalone server ends then (code 4), a member of an
 *   ensemble warns and goes on without
 * @see ZooKeeper, server/admin/JettyAdminServer.java
 */
export async function startAdminServer(
  view: ServerView,
  settings: HttpSettings,
): Promise<AdminServer> {
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    answer(view, settings.commandUrl, request, response).catch((error: unknown) => {
      send(response, 500, "text/plain", `${String(error)}\n`);
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = Math.max(1000, settings.idleMs);
  server.requestTimeout = server.headersTimeout;
  server.keepAliveTimeout = settings.idleMs;
  server.setTimeout(settings.idleMs);
  await listen(server, settings);
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function answer(
  view: ServerView,
  base: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A body is never looked at: the connection goes rather than that it is read.
  if (hasBody(request)) response.shouldKeepAlive = false;
  const url = pathOf(request);
  const name = url === null ? null : commandName(base, url.pathname);
  if (url === null || name === null) {
    send(response, 404, "text/html;charset=iso-8859-1", errorPage(404, "Not Found"));
    return;
  }
  const { method = "" } = request;
  if (method === "OPTIONS") {
    response.setHeader("Allow", "GET, HEAD, OPTIONS");
    send(response, 200, null, "");
  } else if (method !== "GET" && method !== "HEAD") {
    const message = `HTTP method ${method} is not supported by this URL`;
    response.setHeader("Allow", "GET, HEAD, OPTIONS");
    send(response, 405, "text/html;charset=iso-8859-1", errorPage(405, message));
  } else if (name === "") send(response, 200, "text/html", commandList(base));
  else send(response, 200, "application/json", await commandText(view, name, url.searchParams));
}

/** What stands behind the base: empty for the list, null where nothing is. */
function commandName(base: string, pathname: string): string | null {
  if (pathname === base || pathname === `${base}/`) return "";
  return pathname.startsWith(`${base}/`) ? decoded(pathname.slice(base.length + 1)) : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function pathOf({ url = "" }: IncomingMessage): URL | null {
  const isPath = url.startsWith("/") && !url.startsWith("//");
  return isPath && URL.canParse(url, "http://admin") ? new URL(url, "http://admin") : null;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function errorPage(code: number, message: string): string {
  return `<html>\n<head>\n<title>Error ${code} ${message}</title>\n</head>\n<body><h2>HTTP ERROR ${code} ${message}</h2>\n</body>\n</html>\n`;
}

function send(response: ServerResponse, code: number, type: string | null, text: string): void {
  if (response.headersSent) return;
  if (type !== null) response.setHeader("Content-Type", type);
  const body = Buffer.from(text);
  response.writeHead(code, { "Content-Length": body.length });
  response.end(body);
}

function listen(server: Server, { address, port }: HttpSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      // An accept that fails is not worth the server behind.
      server.on("error", () => undefined);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { basename, extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { reasonOf } from "../runner/trace-store.ts";
import { UsageError } from "./exit.ts";

export type ViewerSite = { readonly address: string; readonly close: () => Promise<void> };

const LOOPBACK = "127.0.0.1";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
  ".zt": "application/octet-stream",
};

/**
 * Serves the built viewer on this machine alone, with `files` as its traces.
 *
 * @param port 0 for any that is free
 * @param folder where the viewer was built
 * @throws UsageError when the port is taken, or the viewer was not built
 */
export async function serveViewer(
  files: readonly string[],
  port: number,
  folder: string = viewerFolder(),
): Promise<ViewerSite> {
  const server = createServer((request, response) => answer(folder, files, request, response));
  await listen(server, port);
  const address = server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  return {
    address: `http://${LOOPBACK}:${actual}/${queryFor(files)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The first trace, and all of them by name where there are several to choose from. */
function queryFor(files: readonly string[]): string {
  if (files.length === 0) return "";
  const query = new URLSearchParams({ trace: traceAddress(0) });
  if (files.length > 1) {
    files.forEach((file, index) => {
      query.append("file", traceAddress(index));
      query.append("name", basename(file));
    });
  }
  return `?${query.toString()}`;
}

function traceAddress(index: number): string {
  return `traces/${index}.zt`;
}

/** Beside the built command; from the sources, in dist/. */
function viewerFolder(): string {
  for (const place of ["../viz", "../dist/viz"]) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(join(folder, "assets"))) return folder;
  }
  throw new UsageError("the viewer is not built: npm run build makes it");
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(new UsageError(`cannot listen at ${LOOPBACK}:${port}: ${reasonOf(error)}`));
    });
    server.listen(port, LOOPBACK, resolve);
  });
}

function answer(
  folder: string,
  files: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const file = fileOf(folder, files, request.url ?? "/");
  if (file === null) {
    response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-length": statSync(file).size,
    "cache-control": "no-store",
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
}

/** The file that an address names; never one outside the viewer's folder, save for the traces. */
function fileOf(folder: string, files: readonly string[], address: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(new URL(address, `http://${LOOPBACK}`).pathname).slice(1);
  } catch {
    return null;
  }
  const trace = /^traces\/(\d+)\.zt$/.exec(path);
  if (trace !== null) return files[Number(trace[1])] ?? null;
  const file = normalize(join(folder, path === "" ? "index.html" : path));
  return file.startsWith(folder + sep) && existsSync(file) && statSync(file).isFile() ? file : null;
}

/** The viewer as it is shipped, built once for the tests and served on loopback with traces beside it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { build } from "vite";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

export type BuiltViewer = { readonly address: string; readonly close: () => Promise<void> };

/** @param files what is served besides the page, by name */
export async function serveBuiltViewer(
  files: Readonly<Record<string, Uint8Array>>,
): Promise<BuiltViewer> {
  const folder = await mkdtemp(join(tmpdir(), "zootrope-viewer-"));
  await build({ logLevel: "warn", build: { outDir: folder, emptyOutDir: true } });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.slice(1);
    const file = files[path];
    if (file !== undefined) response.writeHead(200, { "content-length": file.length }).end(file);
    else void answer(folder, path === "" ? "index.html" : path, response);
  });
  const port = await listen(server);
  return {
    address: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

async function answer(folder: string, path: string, response: ServerResponse): Promise<void> {
  try {
    const bytes = await readFile(join(folder, normalize(`/${path}`)));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

import { createConnection } from "node:net";

/** Sends bytes to a client port and resolves to all that comes until the server hangs up. */
export function talk(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    let text = "";
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => {
      resolve(text);
    });
  });
}

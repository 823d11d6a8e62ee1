import { createHash } from "node:crypto";
import type { Variation } from "./capture-replay.ts";

/**
 * A client that answers the challenge of this run with a password of its own, in the recorded client's form.
 * The digests are computed here from RFC 2831 alone, so that a server that is wrong does not agree with itself.
 */
export function saslSpeaker(password: string): Variation {
  let proof: string | null = null;
  return {
    say: (frame, answers) => {
      const recorded = Buffer.from(frame.hex, "hex").toString("latin1");
      const nonce = field(textOf(answers.at(-1) ?? ""), "nonce");
      if (!recorded.includes("response=") || nonce === "") return null;
      const ofThisRun = recorded.replace(/nonce="[^"]*"/, () => `nonce="${nonce}"`);
      proof = digest(ofThisRun, password, "");
      const response = digest(ofThisRun, password, "AUTHENTICATE");
      return Buffer.from(
        ofThisRun.replace(/response=[0-9a-f]{32}/, `response=${response}`),
        "latin1",
      );
    },
    plain: (hex) => {
      const text = textOf(hex);
      // The recorded proof is of another nonce; that of this run must be the right one.
      const proved = proof === null ? text : text.replace(`rspauth=${proof}`, "rspauth=PROVED");
      return proved
        .replace(`rspauth=${RECORDED_PROOF}`, "rspauth=PROVED")
        .replace(/nonce="[A-Za-z0-9+/]{40}"/, "NONCE");
    },
  };
}

/** The server's last word in sasl-digest-md5. */
const RECORDED_PROOF = "cd3511ce6ddf27b0cc1ce92e651d518b";

function textOf(hex: string): string {
  return Buffer.from(hex, "hex").toString("latin1");
}

/** RFC 2831, 2.1.2.1, with qop=auth. */
function digest(token: string, password: string, method: string): string {
  const user = field(token, "username");
  const [nonce, cnonce] = [field(token, "nonce"), field(token, "cnonce")];
  const secret = md5(`${user}:${field(token, "realm")}:${password}`);
  const session = md5(
    Buffer.concat([secret, Buffer.from(`:${nonce}:${cnonce}:${field(token, "authzid")}`)]),
  );
  const request = md5(`${method}:${field(token, "digest-uri")}`).toString("hex");
  const nc = /nc=([0-9]+)/.exec(token)?.[1];
  return md5(`${session.toString("hex")}:${nonce}:${nc}:${cnonce}:auth:${request}`).toString("hex");
}

function field(text: string, name: string): string {
  return new RegExp(`(?:^|[^a-z])${name}="([^"]*)"`).exec(text)?.[1] ?? "";
}

function md5(text: string | Uint8Array): Buffer {
  return createHash("md5").update(text).digest();
}

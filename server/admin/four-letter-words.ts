import { environment } from "./environment.ts";
import { isReadOnly, isServing, NOT_SERVING } from "./facts.ts";
import { resetConnections, resetServer } from "./reset.ts";
import {
  configText,
  connectionsText,
  digestsText,
  directoriesText,
  monitorText,
  serverText,
  statText,
} from "./server-words.ts";
import {
  dumpText,
  watchesByPathText,
  watchesBySessionText,
  watchSummaryText,
} from "./session-words.ts";
import type { ServerView } from "./view.ts";

/**
 * The words that a connection may say instead of a length.
 *
 * `always` is said whether clients are served or not; `serving` only while they are.
 * @see spec client-protocol 11.1, 11.2; ZooKeeper, server/command/FourLetterCommands.java
 */
type Word =
  | { readonly always: (view: ServerView, rest: Uint8Array) => string }
  | { readonly serving: (view: ServerView) => string | Promise<string> };

const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  ["ruok", { always: () => "imok" }],
  ["isro", { always: readOnlyText }],
  ["gtmk", { always: ({ trace }) => String(trace.mask) }],
  ["stmk", { always: setTraceMask }],
  ["envi", { always: environmentText }],
  ["hash", { always: (view) => (isServing(view) ? digestsText(view) : NOT_SERVING) }],
  ["srvr", { serving: serverText }],
  ["stat", { serving: statText }],
  ["cons", { serving: connectionsText }],
  ["conf", { serving: configText }],
  ["dirs", { serving: directoriesText }],
  ["dump", { serving: dumpText }],
  ["mntr", { serving: monitorText }],
  ["wchs", { serving: watchSummaryText }],
  ["wchc", { serving: watchesBySessionText }],
  ["wchp", { serving: watchesByPathText }],
  [
    "crst",
    {
      serving: (view) => {
        resetConnections(view);
        return "Connection stats reset.\n";
      },
    },
  ],
  [
    "srst",
    {
      serving: (view) => {
        resetServer(view);
        return "Server stats reset.\n";
      },
    },
  ],
]);

/** What telnet sends when its user gives up: known, and answered by nothing. */
const TELNET_CLOSE = 0xfff4fffd;

/** How many bytes behind the word belong to it: `stmk` is followed by its mask. */
export const STMK_REST_BYTES = 8;

const CODES: ReadonlyMap<number, string> = new Map(
  [...WORDS.keys()].map((word) => [codeOf(word), word]),
);

/** Are the first four bytes of a connection, read as an unsigned number, a word and no length? */
export function isWord(first4: number): boolean {
  return first4 === TELNET_CLOSE || CODES.has(first4);
}

/** Does the connection have to wait for so many bytes more before the word can be answered? */
export function restBytesOf(first4: number): number {
  return CODES.get(first4) === "stmk" ? STMK_REST_BYTES : 0;
}

/**
 * What the connection is answered before it is closed.
 *
 * @param rest what came behind the word; only `stmk` looks at it
 */
export function answerWord(
  first4: number,
  view: ServerView,
  rest: Uint8Array,
): string | Promise<string> {
  const name = CODES.get(first4);
  const word = name === undefined ? undefined : WORDS.get(name);
  if (name === undefined || word === undefined) return "";
  if (!isAllowed(view, name)) {
    return `${name} is not executed because it is not in the whitelist.\n`;
  }
  if ("always" in word) return word.always(view, rest);
  return isServing(view) ? word.serving(view) : `${NOT_SERVING}\n`;
}

/** `isro` needs no permission where servers may be read-only: clients ask it to find a better one. */
function isAllowed({ server, settings }: ServerView, name: string): boolean {
  const { whitelist } = settings;
  if (whitelist.includes("*") || whitelist.includes(name)) return true;
  return name === "isro" && server.config.options.readOnlyMode;
}

function readOnlyText(view: ServerView): string {
  if (!isServing(view)) return "null";
  return isReadOnly(view.server) ? "ro" : "rw";
}

function setTraceMask({ trace }: ServerView, rest: Uint8Array): string {
  if (rest.length >= STMK_REST_BYTES) {
    trace.mask = new DataView(rest.buffer, rest.byteOffset, rest.length).getBigInt64(0);
  }
  return String(trace.mask);
}

function environmentText(): string {
  return `Environment:\n${environment()
    .map(([key, value]) => `${key}=${value}\n`)
    .join("")}`;
}

function codeOf(word: string): number {
  let code = 0;
  for (let i = 0; i < 4; i++) code = code * 256 + word.charCodeAt(i);
  return code;
}

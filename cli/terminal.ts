import { styleText } from "node:util";

type Stream = { readonly isTTY?: boolean };
type Format = Parameters<typeof styleText>[0];

/** How to write text on one stream: with colours, or with the bare words that a pipe wants. */
export type Paint = (format: Format, text: string) => string;

/** NO_COLOR and FORCE_COLOR decide, and otherwise whether anybody looks. */
export function paintFor(stream: Stream, env: NodeJS.ProcessEnv): Paint {
  return isColoured(stream, env) ? (format, text) => styleText(format, text) : (_, text) => text;
}

function isColoured(stream: Stream, env: NodeJS.ProcessEnv): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] !== undefined) return env["FORCE_COLOR"] !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** One line of progress that writes over itself; silent where no person looks. */
export type StatusLine = {
  readonly show: (text: string) => void;
  readonly clear: () => void;
  /** A line of its own, which stays, and is also there where no person looks. */
  readonly say: (text: string) => void;
};

const REPAINT_MS = 100;
const COLUMNS = 80;

export function statusLine(stream: NodeJS.WriteStream): StatusLine {
  const sayLine = (text: string): void => void stream.write(`${text}\n`);
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined, say: sayLine };
  let paintedMs = 0;
  let isShown = false;
  const clear = (): void => {
    if (isShown) stream.write("\r\u001b[2K");
    isShown = false;
  };
  return {
    show: (text) => {
      const nowMs = performance.now();
      if (nowMs - paintedMs < REPAINT_MS) return;
      paintedMs = nowMs;
      isShown = true;
      stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? COLUMNS) - 1)}`);
    },
    clear,
    say: (text) => {
      clear();
      sayLine(text);
    },
  };
}

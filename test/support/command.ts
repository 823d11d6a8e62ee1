import { vi } from "vitest";
import { main } from "../../cli/program.ts";

/** What a command line did, with all that it wrote. */
export type Done = { readonly code: number; readonly out: string; readonly err: string };

/** Types `zootrope` and these words, in this process. */
export async function zootrope(...words: string[]): Promise<Done> {
  const out = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const err = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    const code = await main(["node", "zootrope", ...words]);
    const text = (spy: typeof out): string =>
      spy.mock.calls.map(([chunk]) => String(chunk)).join("");
    return { code, out: text(out), err: text(err) };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

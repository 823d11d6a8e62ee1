/** What the page shows, as its address says it: a trace's address, or a scenario and a seed; and the instant. */
export type Address = {
  readonly trace: string | null;
  readonly scenario: string | null;
  readonly seed: string | null;
  readonly atUs: number | null;
  /** Traces that can be opened instead, this one among them. */
  readonly files: readonly TraceFile[];
};

export type TraceFile = { readonly address: string; readonly name: string };

export const START: Address = { trace: null, scenario: null, seed: null, atUs: null, files: [] };

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const at = Number(query.get("at") ?? "NaN");
  return {
    trace: query.get("trace"),
    scenario: query.get("scenario"),
    seed: query.get("seed"),
    atUs: Number.isFinite(at) ? Math.round(at * 1_000_000) : null,
    files: query.getAll("file").map((address, index) => ({
      address,
      name: query.getAll("name")[index] ?? address,
    })),
  };
}

/** The address that shows this again; a file that was dropped has none but the plain page. */
export function writeAddress(address: Address): string {
  const query = new URLSearchParams();
  if (address.trace !== null) query.set("trace", address.trace);
  if (address.scenario !== null) query.set("scenario", address.scenario);
  if (address.seed !== null) query.set("seed", address.seed);
  if (address.atUs !== null && query.size > 0)
    query.set("at", (address.atUs / 1_000_000).toFixed(6));
  for (const { address: file, name } of address.files) {
    query.append("file", file);
    query.append("name", name);
  }
  return query.size === 0 ? "./" : `?${query.toString()}`;
}

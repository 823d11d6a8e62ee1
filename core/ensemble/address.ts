/** An address to listen at or to connect to; an IPv6 host is without its brackets. */
export type HostPort = { readonly host: string; readonly port: number };

/** Reads `host:port`, or several of them with `|` between; an IPv6 host stands in brackets. */
export function addressesOf(text: string): HostPort[] {
  return text === "" ? [] : text.split("|").map(addressOf);
}

/** `host:port`, as a configuration says it. */
export function formatAddress({ host, port }: HostPort): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
}

function addressOf(text: string): HostPort {
  const at = text.lastIndexOf(":");
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, "$1"), port: Number(text.slice(at + 1)) };
}

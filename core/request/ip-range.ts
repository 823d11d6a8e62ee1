/** IPv4 addresses that agree in their first `bits`. */
export type IpRange = { readonly address: number; readonly bits: number };

/**
 * What an ACL id of scheme `ip` says: `a.b.c.d` or `a.b.c.d/bits`, 0 … 32. Null for anything else;
 * IPv6 is unknown to 3.8.
 *
 * @see ZooKeeper, server/auth/IPAuthenticationProvider.java
 */
export function parseIpRange(id: string): IpRange | null {
  const slash = id.indexOf("/");
  const address = parseAddress(slash < 0 ? id : id.slice(0, slash));
  if (address === null) return null;
  if (slash < 0) return { address, bits: 32 };
  const bits = parseNumber(id.slice(slash + 1));
  return bits === null || bits > 32 ? null : { address, bits };
}

/** Is `address` one of those that the ACL id `range` means? */
export function isInRange(address: string, range: string): boolean {
  const wanted = parseIpRange(range);
  const is = parseAddress(address);
  if (wanted === null || is === null) return false;
  // A shift by 32 would be one by 0.
  return wanted.bits === 0 || (is ^ wanted.address) >>> (32 - wanted.bits) === 0;
}

/** The 32 bits of a dotted quad. */
function parseAddress(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let address = 0;
  for (const part of parts) {
    const octet = parseNumber(part);
    if (octet === null || octet > 255) return null;
    address = (address << 8) | octet;
  }
  return address;
}

/** A decimal number as Java's `Integer.parseInt` takes it, but for negative ones, which are never in range. */
function parseNumber(text: string): number | null {
  return /^(?:\+?[0-9]{1,10}|-0{1,10})$/.test(text) ? Number(text) || 0 : null;
}

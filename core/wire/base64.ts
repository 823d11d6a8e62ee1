const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Standard base64 with padding (RFC 4648, section 4). */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += digit(word >> 18) + digit(word >> 12);
    text += left > 1 ? digit(word >> 6) : "=";
    text += left > 2 ? digit(word) : "=";
  }
  return text;
}

function digit(word: number): string {
  return DIGITS.charAt(word & 63);
}

/** The four znodes that are always there and never deleted. */
export const RESERVED_PATHS: ReadonlySet<string> = new Set([
  "/",
  "/zookeeper",
  "/zookeeper/quota",
  "/zookeeper/config",
]);

/** The tree's own key for `path`: the root is "" there, and "/" is its other name. */
export function keyOf(path: string): string {
  return path === "/" ? "" : path;
}

/** The name by which clients and watches know the znode with this key. */
export function pathOf(key: string): string {
  return key === "" ? "/" : key;
}

/** The key of the znode above; "" above "/a". A path without a slash has none: null. */
export function parentKeyOf(path: string): string | null {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? null : path.slice(0, slash);
}

/** The last component of `path`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The name of a sequential znode: ten digits, as Java's `%010d` prints them. */
export function sequentialPath(prefix: string, sequence: number): string {
  const digits = String(sequence < 0 ? -sequence : sequence);
  return prefix + (sequence < 0 ? `-${digits.padStart(9, "0")}` : digits.padStart(10, "0"));
}

/** May `path` be looked for at all? The parent of a create is sought before its path is judged. */
export function hasParentPart(path: string): boolean {
  return path.includes("/") && !path.includes("\0");
}

/**
 * Absolute, without empty, "." or ".." components, and only with characters that a path may have.
 * @see ZooKeeper, common/PathUtils.java
 */
export function isValidPath(path: string): boolean {
  if (path.charCodeAt(0) !== SLASH) return false;
  if (path.length === 1) return true;
  let componentAt = 1;
  for (let i = 1; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    if (unit === SLASH) {
      if (isEmptyOrDots(path, componentAt, i)) return false;
      componentAt = i + 1;
    } else if (!isPathUnit(unit)) {
      return false;
    }
  }
  return !isEmptyOrDots(path, componentAt, path.length);
}

const SLASH = 0x2f;
const DOT = 0x2e;

function isEmptyOrDots(path: string, start: number, end: number): boolean {
  if (end - start > 2) return false;
  for (let i = start; i < end; i++) if (path.charCodeAt(i) !== DOT) return false;
  return true;
}

/** Neither a control character, nor a surrogate, nor for private use, nor a special. */
function isPathUnit(unit: number): boolean {
  if (unit < 0x7f) return unit > 0x1f;
  return unit > 0x9f && (unit < 0xd800 || (unit > 0xf8ff && unit < 0xfff0));
}

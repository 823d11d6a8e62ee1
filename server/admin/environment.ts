import { arch, homedir, hostname, release, tmpdir, type, userInfo } from "node:os";
import { dirname } from "node:path";
import { getHeapStatistics } from "node:v8";
import { versionText } from "./version.ts";

/** What `envi` lists. Node.js stands where the real server names its Java, because the keys are what readers look for. */
export function environment(): [string, string][] {
  const heap = getHeapStatistics();
  return [
    ["zookeeper.version", versionText()],
    ["host.name", hostname()],
    ["java.version", process.versions.node],
    ["java.vendor", "Node.js"],
    ["java.home", dirname(process.execPath)],
    ["java.class.path", process.argv[1] ?? ""],
    ["java.library.path", ""],
    ["java.io.tmpdir", tmpdir()],
    ["java.compiler", "<NA>"],
    ["os.name", type()],
    ["os.arch", javaArch()],
    ["os.version", release()],
    ["user.name", userName()],
    ["user.home", homedir()],
    ["user.dir", process.cwd()],
    ["os.memory.free", megabytes(heap.total_available_size)],
    ["os.memory.max", megabytes(heap.heap_size_limit)],
    ["os.memory.total", megabytes(heap.total_heap_size)],
  ];
}

/** As Java calls the processor. */
function javaArch(): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", arm64: "aarch64" };
  return names[arch()] ?? arch();
}

/** A process may run as somebody whom the system has no name for. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "?";
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)}MB`;
}

import { createReadStream, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { TraceFileError } from "../sim/trace/trace-file-error.ts";
import type { Trace } from "../sim/trace/trace.ts";
import { InputProblem } from "./scenario/input-problem.ts";
import { decodeTrace, encodeTrace } from "./trace-file.ts";

/**
 * Looks whether a trace could be written here, before anybody waits for one.
 *
 * @throws InputProblem when the folder is not there
 */
export function checkTracePlace(path: string): void {
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  if (folder === undefined) throw problem(path, `there is no folder ${dirname(path)}`);
  if (!folder.isDirectory()) throw problem(path, `${dirname(path)} is no folder`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw problem(path, "cannot be written: it is a folder");
  }
}

/**
 * Writes a trace beside its place and then moves it there: whatever happens, no half of one is left.
 *
 * @throws InputProblem when the system refuses
 */
export async function writeTrace(trace: Trace, path: string): Promise<void> {
  const unfinished = `${path}.part`;
  try {
    const file = await open(unfinished, "w");
    try {
      for await (const chunk of encodeTrace(trace)) await file.write(chunk);
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw problem(path, `cannot be written: ${reasonOf(error)}`);
  }
}

/** @throws InputProblem when there is no such file, or it is no whole trace */
export async function readTrace(path: string): Promise<Trace> {
  try {
    return await decodeTrace(createReadStream(path));
  } catch (error) {
    if (error instanceof TraceFileError) throw problem(path, error.message);
    throw problem(path, `cannot be read: ${reasonOf(error)}`);
  }
}

/** Why the system refused a file, in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "no such file or folder";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EISDIR":
      return "it is a folder";
    case "ENOTDIR":
      return "part of the path is no folder";
    case "ENOSPC":
      return "the disk is full";
    case "EADDRINUSE":
      return "address already in use";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function problem(file: string, what: string): InputProblem {
  return new InputProblem({ file, line: 0, column: 0 }, what);
}

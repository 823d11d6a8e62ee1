/** Child processes that share this terminal. */
import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a command and resolves to its exit code.
 *
 * An interrupt reaches the child too, which decides what to save and how to end; so this process
 * only waits for it.
 */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  const waitForChild = () => {};
  const passOn = () => child.kill("SIGTERM");
  process.on("SIGINT", waitForChild);
  process.on("SIGTERM", passOn);

  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      process.off("SIGINT", waitForChild);
      process.off("SIGTERM", passOn);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

export function runNode(args) {
  return run(process.execPath, args);
}

/**
 * `npm start` and `npm test` on a fresh clone: makes ready what is missing, then does the job.
 *
 *   node scripts/bootstrap.mjs start|test|bench [argument…]
 *
 * Nothing is imported up here, so that a Node which is too old reads this far and says so.
 */
const OLDEST_NODE = [20, 19];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(
    `Zootrope needs Node ${OLDEST_NODE.join(".")} or newer; this is Node ${process.versions.node}.`,
  );
  process.exitCode = 2;
} else {
  void import("./jobs.mjs").then(({ runJob }) => runJob(process.argv[2], process.argv.slice(3)));
}

/**
 * Who may import whom. A room may use itself, the rooms and the packages listed for it, and
 * nothing else: a new dependency is a line here, and so a decision that a reviewer sees.
 *
 * Type-only imports are edges like any other, unless a rule says otherwise.
 */

/** Everything of the folders and packages that is not `allowed` is forbidden to `room`. */
function onlyFrom(room, from, allowed, why) {
  return {
    name: `${room}-imports`,
    comment: why,
    severity: "error",
    from,
    to: { pathNot: allowed, couldNotResolve: false },
  };
}

const VIEWER_WORKER = "/worker\\.ts$";
const PURE_HASH = "^node_modules/@noble/hashes/";

export default {
  forbidden: [
    onlyFrom("core", { path: "^core/" }, ["^core/", PURE_HASH], "core imports core only."),
    onlyFrom(
      "sim",
      { path: "^sim/" },
      ["^(core|sim)/", "^node_modules/(@types/)?seedrandom/"],
      "sim imports core, sim and seedrandom.",
    ),
    {
      name: "runner-imports",
      comment:
        "runner imports core, sim, runner, yaml, zod, piscina, bullmq, ioredis, and Node's built-ins in its edge files.",
      severity: "error",
      from: { path: "^runner/" },
      to: {
        pathNot: ["^(core|sim|runner)/", "^node_modules/(yaml|zod|piscina|bullmq|ioredis)/"],
        dependencyTypesNot: ["core"],
        couldNotResolve: false,
      },
    },
    onlyFrom(
      "library",
      { path: "^library/", pathNot: "^library/fast-check/" },
      ["^(core|sim|runner|library)/"],
      "library imports core, sim, runner and library.",
    ),
    onlyFrom(
      "library-fast-check",
      { path: "^library/fast-check/" },
      ["^(core|sim|runner|library)/", "^node_modules/fast-check/"],
      "library/fast-check may use fast-check too; the rest of the library must do without.",
    ),
    {
      name: "server-imports",
      comment: "server imports core, server, prom-client and Node's built-ins; never sim.",
      severity: "error",
      from: { path: "^server/" },
      to: {
        pathNot: ["^(core|server)/", "^node_modules/prom-client/"],
        dependencyTypesNot: ["core"],
        couldNotResolve: false,
      },
    },
    {
      name: "cli-imports",
      comment: "cli imports runner, server, cli, commander and Node's built-ins.",
      severity: "error",
      from: { path: "^cli/" },
      to: {
        pathNot: ["^(runner|server|cli)/", "^node_modules/commander/"],
        dependencyTypesNot: ["core"],
        couldNotResolve: false,
      },
    },
    onlyFrom(
      "viz",
      { path: "^viz/", pathNot: VIEWER_WORKER },
      ["^viz/", "^sim/trace/", "^node_modules/(@types/)?d3/", "^node_modules/comlink/"],
      "viz imports viz, d3, comlink and the trace.",
    ),
    {
      name: "viz-sim-types-only",
      comment: "viz folds and draws traces; of the rest of sim it may know only types.",
      severity: "error",
      from: { path: "^viz/", pathNot: VIEWER_WORKER },
      to: { path: "^sim/", pathNot: "^sim/trace/", dependencyTypesNot: ["type-only"] },
    },
    onlyFrom(
      "viz-worker",
      { path: VIEWER_WORKER },
      ["^viz/", "^runner/", "^sim/trace/", "^node_modules/comlink/"],
      "The viewer's worker alone imports runner, and so runs the real core in the page.",
    ),
    {
      name: "page-without-node",
      comment:
        "What the viewer and the library reach runs in a browser: no built-in of Node anywhere below it.",
      severity: "error",
      from: { path: "^(viz|library)/" },
      to: {
        path: "^(node:)?(fs|path|os|url|util|net|tls|http|https|stream|crypto|zlib|process|buffer|events|timers|worker_threads|child_process|perf_hooks|module|readline|dns|assert)(/|$)",
        reachable: true,
      },
    },
    {
      name: "nothing-imports-tests",
      comment: "Tests and benchmarks import anything; nothing imports them.",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^(test|bench)/" },
    },
    {
      name: "no-cycles",
      comment: "No cycles, type-only ones included.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "An import that leads nowhere is checked by no other rule.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types"] },
  },
};

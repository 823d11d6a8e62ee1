import { modeOf, peerStateOf } from "../admin/facts.ts";
import { versionText } from "../admin/version.ts";
import type { ServerView } from "../admin/view.ts";
import { allCounters } from "./counters.ts";
import { gaugesOf } from "./gauges.ts";
import { ADVANCED_SUMMARIES, SUMMARIES } from "./names.ts";
import { endFiring } from "./observations.ts";
import { averageOf, percentileOf, type AdvancedSummary, type Summary } from "./summary.ts";

/** One line of `mntr`, without its `zk_`. `decimal` marks a number that is printed as a double. */
export type Metric = {
  readonly name: string;
  readonly value: string | number;
  readonly decimal: boolean;
};

/** Everything that monitoring may know: what the server is first, then numbers. */
export function metricsOf(view: ServerView): Metric[] {
  const { server, stats } = view;
  endFiring(stats);
  const metrics: Metric[] = [];
  const text = (name: string, value: string): number =>
    metrics.push({ name, value, decimal: false });

  text("version", versionText());
  text("server_state", modeOf(server));
  const peerState = peerStateOf(server);
  if (peerState !== null) text("peer_state", peerState);
  if (server.learner?.observer === true) {
    metrics.push({ name: "observer_master_id", value: server.learner.leader, decimal: false });
  }
  for (const { name, read, decimal } of gaugesOf(view)) {
    metrics.push({ name, value: read(view), decimal: decimal === true });
  }
  for (const [name, value] of allCounters(view)) metrics.push({ name, value, decimal: false });
  for (const name of SUMMARIES) pushSummary(metrics, name, stats.summaries[name]);
  for (const name of ADVANCED_SUMMARIES) pushAdvanced(metrics, name, stats.advanced[name]);
  for (const { name, read, write } of stats.namespaces.byName.values()) {
    if (read !== null) pushSummary(metrics, `${name}_read_per_namespace`, read);
    if (write !== null) pushSummary(metrics, `${name}_write_per_namespace`, write);
  }
  for (const [sid, summary] of stats.ackLatency) {
    pushAdvanced(metrics, `${sid}_ack_latency`, summary);
  }
  return metrics;
}

function pushSummary(metrics: Metric[], name: string, summary: Summary): void {
  const { min, max, count, sum } = summary;
  metrics.push({ name: `avg_${name}`, value: averageOf(summary), decimal: true });
  const integers = { min, max, cnt: count, sum };
  for (const [prefix, value] of Object.entries(integers)) {
    metrics.push({ name: `${prefix}_${name}`, value, decimal: false });
  }
}

function pushAdvanced(metrics: Metric[], name: string, summary: AdvancedSummary): void {
  pushSummary(metrics, name, summary);
  const percentiles = { p50: 0.5, p95: 0.95, p99: 0.99, p999: 0.999 };
  for (const [prefix, share] of Object.entries(percentiles)) {
    const value = percentileOf(summary, share);
    metrics.push({ name: `${prefix}_${name}`, value, decimal: false });
  }
}

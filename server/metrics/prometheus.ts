import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Registry,
  Summary as PromSummary,
} from "prom-client";
import type { ServerView } from "../admin/view.ts";
import { counterOf } from "./counters.ts";
import { allGauges, gaugesOf, type Gauge as GaugeSource } from "./gauges.ts";
import { ADVANCED_SUMMARIES, COUNTERS, SUMMARIES, type CounterName } from "./names.ts";
import { endFiring } from "./observations.ts";
import { percentileOf, type AdvancedSummary, type Summary } from "./summary.ts";

/** `metricsProvider.*` of zoo.cfg. */
export type PrometheusSettings = {
  readonly address: string;
  /** 7000 unless set; 0 takes any free one. */
  readonly port: number;
  /** The process and its event loop too, as `zootrope_*`. */
  readonly exportProcess: boolean;
};

export type PrometheusServer = { readonly port: number; readonly close: () => Promise<void> };

const CONNECTIONS_MAX = 64;

/**
 * Serves `/metrics`.
 *
 * @throws the error of `listen`, when the port is taken
 * @see ZooKeeper, PrometheusMetricsProvider.java
 */
export async function startPrometheus(
  view: ServerView,
  settings: PrometheusSettings,
): Promise<PrometheusServer> {
  const registry = createRegistry(view, settings.exportProcess);
  const server = createServer((request, response) => {
    const isScrape = request.url?.split("?")[0] === "/metrics" && request.method === "GET";
    if (!isScrape) {
      response.writeHead(404, { Connection: "close" }).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "Content-Type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, settings);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createRegistry(view: ServerView, exportProcess: boolean): Registry {
  const registry = new Registry();
  for (const gauge of allGauges()) registry.registerMetric(gaugeOf(view, gauge));
  for (const name of COUNTERS) registry.registerMetric(counterMetric(view, name));
  registerSummaries(registry, view);
  if (exportProcess) collectDefaultMetrics({ register: registry, prefix: "zootrope_" });
  return registry;
}

function gaugeOf(view: ServerView, { name, read }: GaugeSource): Gauge {
  return new Gauge({
    name,
    help: name,
    registers: [],
    collect() {
      const isShown = gaugesOf(view).some((gauge) => gauge.name === name);
      if (isShown) this.set(read(view));
      else this.remove();
    },
  });
}

function counterMetric(view: ServerView, name: CounterName): Counter {
  return new Counter({
    name,
    help: name,
    registers: [],
    collect() {
      this.reset();
      this.inc(counterOf(view, name));
    },
  });
}

function registerSummaries(registry: Registry, view: ServerView): void {
  const { stats } = view;
  for (const name of SUMMARIES) {
    addSummary(registry, name, () => {
      endFiring(stats);
      return sampleLines(name, {}, stats.summaries[name]);
    });
  }
  for (const name of ADVANCED_SUMMARIES) {
    addSummary(registry, name, () => [
      ...quantileLines(name, {}, stats.advanced[name]),
      ...sampleLines(name, {}, stats.advanced[name]),
    ]);
  }
  for (const direction of ["read", "write"] as const) {
    const name = `${direction}_per_namespace`;
    addSummary(registry, name, () =>
      [...stats.namespaces.byName.values()].flatMap((namespace) => {
        const summary = namespace[direction];
        return summary === null ? [] : sampleLines(name, { key: namespace.name }, summary);
      }),
    );
  }
  addSummary(registry, "ack_latency", () =>
    [...stats.ackLatency].flatMap(([sid, summary]) => [
      ...quantileLines("ack_latency", { key: String(sid) }, summary),
      ...sampleLines("ack_latency", { key: String(sid) }, summary),
    ]),
  );
}

type Line = {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
};

/** A summary whose samples are ours: the library would keep them a second time, and at a price. */
function addSummary(registry: Registry, name: string, values: () => Line[]): void {
  const summary = new PromSummary({ name, help: name, registers: [] });
  const get = (): Promise<unknown> =>
    Promise.resolve({ name, help: name, type: "summary", values: values(), aggregator: "sum" });
  registry.registerMetric(Object.assign(summary, { get, getForPromString: get }));
}

function sampleLines(name: string, labels: Line["labels"], { count, sum }: Summary): Line[] {
  return [
    { metricName: `${name}_count`, labels, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
  ];
}

function quantileLines(name: string, labels: Line["labels"], summary: AdvancedSummary): Line[] {
  return [0.5, 0.9, 0.99].map((quantile) => ({
    metricName: name,
    labels: { ...labels, quantile },
    value: summary.count === 0 ? Number.NaN : percentileOf(summary, quantile),
  }));
}

function listen(server: Server, { address, port }: PrometheusSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve();
    });
  });
}

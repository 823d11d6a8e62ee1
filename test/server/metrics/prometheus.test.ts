import { expect, test } from "vitest";
import { startPrometheus } from "../../../server/metrics/prometheus.ts";
import { servedView, type TestView } from "../../support/server-view.ts";

test("a scrape has counters, gauges and summaries under their bare names", async () => {
  const lines = await scrape(servedView());

  expect(lines).toContain("# TYPE connection_request_count counter");
  expect(lines).toContain("connection_request_count 1");
  expect(lines).toContain("# TYPE znode_count gauge");
  expect(lines).toContain("znode_count 7");
  expect(lines).toContain("# TYPE updatelatency summary");
  expect(lines).toContain('updatelatency{quantile="0.5"} 2');
  expect(lines).toContain("updatelatency_count 3");
  expect(lines).toContain('write_per_namespace_sum{key="a"} 6');
  expect(lines).toContain('propagation_latency{quantile="0.99"} 0');
  expect(lines).toContain('quorum_ack_latency{quantile="0.99"} Nan');
});

test("a second scrape says the same: counters are read, not added", async () => {
  const view = servedView();
  const first = await scrape(view);

  expect(await scrape(view)).toEqual(first);
});

test("a standalone server has no numbers of a leader", async () => {
  const lines = await scrape(servedView());

  expect(lines.some((line) => line.startsWith("learners "))).toBe(false);
});

test("the process is shown under names of its own, when asked for", async () => {
  const lines = await scrape(servedView(), true);

  expect(lines.some((line) => line.startsWith("zootrope_nodejs_eventloop_lag_seconds "))).toBe(
    true,
  );
});

test("anything but /metrics is not found", async () => {
  const server = await startPrometheus(servedView(), SETTINGS);
  const answer = await fetch(`http://127.0.0.1:${server.port}/`);
  await server.close();

  expect(answer.status).toBe(404);
});

const SETTINGS = { address: "127.0.0.1", port: 0, exportProcess: false };

async function scrape(view: TestView, exportProcess = false): Promise<string[]> {
  const server = await startPrometheus(view, { ...SETTINGS, exportProcess });
  const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  const text = await answer.text();
  await server.close();
  return text.split("\n");
}

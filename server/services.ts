import { join } from "node:path";
import { startAdminServer, type AdminServer } from "./admin/http.ts";
import type { ServerView } from "./admin/view.ts";
import type { ServerSettings } from "./config/settings.ts";
import type { PrometheusServer } from "./metrics/prometheus.ts";
import { startAutopurge } from "./purge.ts";

/** What runs beside the server proper, for those who operate it. */
export type Services = { readonly close: () => void };

/** Something of these could not begin; the server may go on without it, or may not. */
export class ServiceError extends Error {
  override readonly name: string = "ServiceError";
  /** The real server's exit code. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What zoo.cfg calls the provider. */
const PROMETHEUS_CLASS = "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider";
const ADMIN_SERVER_FAILED = 4;
const METRICS_FAILED = 5;

/**
 * Starts the AdminServer and the purging of old files.
 *
 * @param warn hears of what could not begin and is not needed
 * @throws ServiceError when a standalone server cannot have its AdminServer: the real one ends, too
 */
export async function startServices(
  settings: ServerSettings,
  view: ServerView,
  warn: (what: string, error: Error) => void,
): Promise<Services> {
  const admin = await startAdmin(settings, view, warn);
  const metrics = await startMetrics(settings, view);
  const stopPurging = startPurging(settings, warn);
  return {
    close: () => {
      stopPurging();
      void admin?.close();
      void metrics?.close();
    },
  };
}

async function startAdmin(
  { admin, config }: ServerSettings,
  view: ServerView,
  warn: (what: string, error: Error) => void,
): Promise<AdminServer | null> {
  if (!admin.enabled) return null;
  const { host: address, port, idleTimeoutMs: idleMs, commandUrl } = admin;
  try {
    return await startAdminServer(view, { address, port, idleMs, commandUrl });
  } catch (error) {
    const problem = error as Error;
    if (config.standalone) {
      const where = `${address}:${port}`;
      throw new ServiceError(`AdminServer at ${where}: ${problem.message}`, ADMIN_SERVER_FAILED);
    }
    warn("Problem starting AdminServer", problem);
    return null;
  }
}

/** Only where zoo.cfg asks for the Prometheus provider. A port that is taken ends the real server. */
async function startMetrics(
  { metrics }: ServerSettings,
  view: ServerView,
): Promise<PrometheusServer | null> {
  const { className, httpHost: address, httpPort: port, exportJvmInfo } = metrics;
  if (className !== PROMETHEUS_CLASS) return null;
  // Loaded only here: few ask for it, and it is as large as the server itself.
  const { startPrometheus } = await import("./metrics/prometheus.ts");
  try {
    return await startPrometheus(view, { address, port, exportProcess: exportJvmInfo });
  } catch (error) {
    const where = `${address}:${port}`;
    throw new ServiceError(`metrics at ${where}: ${(error as Error).message}`, METRICS_FAILED);
  }
}

function startPurging(
  { autopurge, dataDir, dataLogDir }: ServerSettings,
  warn: (what: string, error: Error) => void,
): () => void {
  if (autopurge.intervalHours <= 0) return () => {};
  const plan = {
    snapDir: join(dataDir, "version-2"),
    logDir: join(dataLogDir, "version-2"),
    keep: autopurge.snapRetainCount,
  };
  return startAutopurge(plan, autopurge.intervalHours, (result) => {
    if ("error" in result) warn("Problem purging old files", result.error);
  });
}

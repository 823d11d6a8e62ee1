import type { ServerView } from "../admin/view.ts";
import { COUNTERS, type CounterName } from "./names.ts";

/** A counter's value; those of the pipeline's first stages follow from others. */
export function counterOf({ server, stats }: ServerView, name: CounterName): number {
  const counted = stats.counters[name];
  switch (name) {
    case "prep_processor_request_queued":
      // Own clients' requests pass here too, where this server decides on them.
      return server.leader === null ? counted : counted + stats.requestCount;
    case "sync_processor_request_queued":
      // A standalone server sends everything through, reads included.
      return server.config.standalone ? stats.requestCount : counted;
    default:
      return counted;
  }
}

export function allCounters(view: ServerView): [CounterName, number][] {
  return COUNTERS.map((name) => [name, counterOf(view, name)]);
}

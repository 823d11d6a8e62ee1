import { ConfigProblem, type ConfigNote } from "../../core/ensemble/config-problem.ts";
import type { ZooCfg } from "../../core/ensemble/zoo-cfg.ts";

/** What protects the ports between servers: to go on without it would be to seem protected. */
const REFUSED: readonly (readonly [string, (cfg: ZooCfg) => boolean])[] = [
  ["sslQuorum", (cfg) => cfg.sslQuorum],
  ["portUnification", (cfg) => cfg.portUnification],
  ["quorum.auth.enableSasl", (cfg) => cfg.quorumSasl],
];

/**
 * What a zoo.cfg asks for and this server does not do.
 *
 * @returns what it goes on without
 * @throws ConfigProblem for what it must not go on without
 */
export function unsupportedNotes(cfg: ZooCfg): ConfigNote[] {
  for (const [key, isAsked] of REFUSED) {
    if (!isAsked(cfg)) continue;
    const line = cfg.settings.get(key)?.line ?? 0;
    throw new ConfigProblem(
      cfg.file,
      line,
      `${key}: Zootrope has neither TLS nor SASL between servers`,
    );
  }
  const notes: ConfigNote[] = [];
  const note = (key: string, what: string): void => {
    notes.push({ file: cfg.file, line: cfg.settings.get(key)?.line ?? 0, what: `${key}: ${what}` });
  };
  if (cfg.observerMasterPort !== null)
    note("observerMasterPort", "observers go to the leader here");
  if (cfg.properties.get("audit.enable")?.value === "true") {
    note("audit.enable", "there is no audit log here");
  }
  return notes;
}

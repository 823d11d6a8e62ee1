/**
 * The same conversations with an Apache ZooKeeper 3.8.0, with a server of ours over sockets, and with a simulated
 * ensemble of three: every answer, every watch event and its place among the answers, and the whole tree at the end
 * must be the same.
 *
 * ZT_SEQUENCES  conversations (CI: 300)
 * ZT_SIMULATED  how many of them the simulated ensemble has as well (all of them unless set)
 * ZT_SEED       fast-check's seed
 */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cluster } from "../../sim/cluster/state.ts";
import { NO_APACHE } from "../support/apache.ts";
import { stepText, type Conversation } from "../support/differential/conversation.ts";
import { anyConversation } from "../support/differential/draw.ts";
import { electedEnsemble, ensembleWorld } from "../support/differential/ensemble.ts";
import { ANYTHING, play } from "../support/differential/play.ts";
import { apacheWorld, ownWorld } from "../support/differential/servers.ts";
import type { World } from "../support/differential/world.ts";

/** Of `super:secret`. */
const SUPER_DIGEST = "super:lK75jTNcA+U9vtVEw5vB51mj/w4=";

const SEQUENCES = Number(process.env["ZT_SEQUENCES"] ?? 300);
const SIMULATED = Number(process.env["ZT_SIMULATED"] ?? SEQUENCES);
const SEED = Number(process.env["ZT_SEED"] ?? 20_221_003);
/** ms: for a conversation on a busy machine, and for starts and shrinking. */
const PER_CONVERSATION_MS = 300;
const ASIDE_MS = 180_000;

if (NO_APACHE !== null) console.warn(`\nDifferential tests SKIPPED: ${NO_APACHE}\n`);

describe.skipIf(NO_APACHE !== null)("conversations", () => {
  let apache: World;
  let own: World;
  let elected: Cluster;

  beforeAll(async () => {
    [apache, own] = await freshPair();
    elected = electedEnsemble(SUPER_DIGEST);
  }, ASIDE_MS);

  async function playBoth(conversation: Conversation): Promise<(readonly string[])[]> {
    const plays = [play(conversation, apache), play(conversation, own)];
    try {
      return await Promise.all(plays);
    } catch (error) {
      // What was not cleaned up must not be in the way of the next conversation.
      await Promise.allSettled(plays);
      await Promise.all([apache.close(), own.close()]);
      [apache, own] = await freshPair();
      throw error;
    }
  }

  afterAll(async () => {
    await Promise.all([apache.close(), own.close()]);
  });

  test(
    "are the same with Apache ZooKeeper, with ours, and with a simulated ensemble of ours",
    { timeout: ASIDE_MS + SEQUENCES * PER_CONVERSATION_MS },
    async () => {
      const counts = { conversations: 0, simulated: 0, steps: 0, lines: 0 };
      const startMs = performance.now();
      const property = fc.asyncProperty(anyConversation, async (conversation) => {
        counts.conversations++;
        counts.steps += conversation.steps.length;
        const [theirs = [], ours = []] = await playBoth(conversation);
        counts.lines += theirs.length;
        expectSame(conversation, theirs, ours, own.name);
        if (counts.simulated >= SIMULATED) return;
        counts.simulated++;
        const ensemble = ensembleWorld(elected);
        const simulated = await play(conversation, ensemble);
        await ensemble.close();
        expectSame(conversation, theirs, simulated, ensemble.name);
      });

      await fc.assert(property, {
        seed: SEED,
        numRuns: SEQUENCES,
        interruptAfterTimeLimit: 10 ** 8,
      });

      const seconds = (performance.now() - startMs) / 1000;
      console.log(
        `seed ${SEED}: ${counts.conversations} conversations of ${counts.steps} steps ` +
          `(${counts.simulated} simulated as well), ${counts.lines} lines compared, ` +
          `${seconds.toFixed(1)} s, ${(counts.conversations / seconds).toFixed(0)}/s`,
      );
    },
  );
});

async function freshPair(): Promise<[World, World]> {
  return await Promise.all([apacheWorld(SUPER_DIGEST), ownWorld(SUPER_DIGEST)]);
}

/** @throws Error with the conversation up to the first difference, and both answers */
function expectSame(
  conversation: Conversation,
  theirs: readonly string[],
  found: readonly string[],
  name: string,
): void {
  const at = theirs.findIndex((line, index) => {
    const other = found[index];
    return line !== other && other?.endsWith(ANYTHING) !== true;
  });
  if (at < 0 && theirs.length === found.length) return;
  const first = at < 0 ? theirs.length : at;
  const text = [
    ...theirs.slice(0, first),
    `--- Apache ZooKeeper:`,
    ...theirs.slice(first, first + 4),
    `--- ${name}:`,
    ...found.slice(first, first + 4),
  ];
  expect.fail(`${conversation.steps.map(stepText).join("\n")}\n\n${text.join("\n")}`);
}

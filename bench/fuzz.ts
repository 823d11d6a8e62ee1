/**
 * Feeds millions of damaged frames and files to every decoder: `npx tsx bench/fuzz.ts [FRAMES] [SEED]`.
 * Ends at the first thing that escapes but a JuteError, with what to paste back.
 */
import { DECODERS, drawsOf, mutated, samplesOf, tryDecoder } from "../test/support/fuzz.ts";

/** Frames of 100 that each decoder gets: whole files take as long as hundreds of requests. */
const SHARES: Readonly<Record<string, number>> = {
  connect: 10,
  request: 25,
  reply: 15,
  "quorum stream of a learner": 16,
  "quorum stream of a leader": 16,
  "election stream": 10,
  "transaction log": 3,
  snapshot: 3,
  "epoch file": 2,
};
/** More heap than this at the end, over that at the beginning, is a leak. */
const GROWTH_MAX_BYTES = 256 * 1024 * 1024;

const frames = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const samples = samplesOf(4096);
const heapBefore = heapBytes();

for (const [name, decode] of Object.entries(DECODERS)) {
  const own = samples[name] ?? [];
  const count = Math.floor((frames * (SHARES[name] ?? 0)) / 100);
  const draw = drawsOf(seed);
  const startedMs = performance.now();
  let refused = 0;
  for (let n = 0; n < count; n++) {
    const input = mutated(own[draw() % own.length] ?? new Uint8Array(0), draw);
    try {
      if (tryDecoder(decode, input) === "refused") refused++;
    } catch (error) {
      console.error(`${name}, frame ${n} of seed ${seed}: ${Buffer.from(input).toString("hex")}`);
      throw error;
    }
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const columns = [
    name.padEnd(28),
    `${own.length} samples`.padStart(14),
    `${count} frames`.padStart(16),
    `${((100 * refused) / count).toFixed(1)} % refused`.padStart(15),
    `${(count / seconds / 1000).toFixed(0)} k/s`.padStart(10),
  ];
  console.log(columns.join(" "));
}

const grownBytes = heapBytes() - heapBefore;
console.log(`memory grew by ${(grownBytes / 1024 / 1024).toFixed(1)} MiB`);
if (grownBytes > GROWTH_MAX_BYTES) throw new Error("something is kept");

function heapBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

import type { ElectionDecoder } from "../../core/wire/election-codec.ts";
import type { PacketDecoder } from "../../core/wire/packet-decoder.ts";

/** What the ends of all connections have read so far, by their process and connection. Plain data. */
export type Wires = {
  readonly quorum: Map<string, PacketDecoder>;
  readonly election: Map<string, ElectionDecoder>;
};

export function createWires(): Wires {
  return { quorum: new Map(), election: new Map() };
}

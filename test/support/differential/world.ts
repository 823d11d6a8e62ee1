/** A way to a server or an ensemble: connections that carry frames. Conversations are the same over all of them. */
export type World = {
  readonly name: string;
  /** Are all clients connected to the same server? */
  readonly isOneServer: boolean;
  /** @param session whose connection it is; an ensemble's clients go to different servers */
  readonly open: (session: number) => Promise<Line>;
  /** Resolves when nothing that was asked for is under way any more. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type Line = {
  /** Frames with their length words. */
  readonly say: (bytes: Uint8Array) => void;
  /** The next frame without its length word; null when the server has hung up. */
  readonly hear: () => Promise<Uint8Array | null>;
  readonly hangUp: () => void;
};

/** Nothing came where an answer or the end of the connection must come. */
export class Silence extends Error {
  override readonly name: string = "Silence";
}

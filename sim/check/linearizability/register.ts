import { ILLEGAL, type Model } from "./model.ts";

/** A register that is read, written, and compared and set; null while nothing was written. */
export type RegisterInput = {
  readonly key: string | number;
  readonly op:
    | { readonly kind: "read" }
    | { readonly kind: "write"; readonly value: number }
    | { readonly kind: "cas"; readonly from: number; readonly to: number };
};

/** What a read saw; for the others, whether it was done. */
export type RegisterOutput = { readonly value: number | null } | { readonly done: boolean };

export const registers: Model<number | null, RegisterInput, RegisterOutput> = {
  init: () => null,
  equal: (a, b) => a === b,
  partition: ({ key }) => key,
  same: ({ op: a }, { op: b }) => {
    if (a.kind === "write") return b.kind === "write" && a.value === b.value;
    return a.kind === "cas" && b.kind === "cas" && a.from === b.from && a.to === b.to;
  },
  observes: ({ op }, output) =>
    op.kind === "read" ||
    (op.kind === "cas" && output !== null && "done" in output && !output.done),
  step: (state, { op }, output) => {
    switch (op.kind) {
      case "read":
        return output === null || ("value" in output && output.value === state) ? state : ILLEGAL;
      case "write":
        return op.value;
      case "cas": {
        const matches = state === op.from;
        if (output !== null && "done" in output && output.done !== matches) return ILLEGAL;
        return matches ? op.to : state;
      }
    }
  },
};

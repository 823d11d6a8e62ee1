import { RowKind, type Row } from "../../sim/trace/row.ts";
import { textOf, type Trace } from "../../sim/trace/trace.ts";
import type { OperationSpan, WatchMark } from "./story.ts";

/** Takes a row about a client: calls, returns and watch deliveries. `open` is by operation id. */
export function foldClientRow(
  operations: OperationSpan[],
  open: Map<number, OperationSpan>,
  watches: WatchMark[],
  trace: Trace,
  told: Row,
  row: number,
): void {
  switch (told.kind) {
    case RowKind.invoked: {
      const operation: OperationSpan = {
        client: told.who,
        server: told.peer,
        operation: told.b,
        code: told.a,
        text: textOf(trace, told.link),
        row,
        fromUs: told.atUs,
        toUs: told.atUs,
        outcome: null,
        writes: false,
        zxid: 0n,
      };
      operations.push(operation);
      open.set(told.b, operation);
      return;
    }
    case RowKind.returned: {
      const operation = open.get(told.b);
      if (operation === undefined) return;
      open.delete(told.b);
      operation.toUs = told.atUs;
      operation.outcome = told.a;
      operation.writes = told.c === 1;
      operation.zxid = told.zxid;
      return;
    }
    case RowKind.watched:
      watches.push({ atUs: told.atUs, client: told.who, path: textOf(trace, told.link) });
  }
}

import { backUp, corrupt, rollBack, wipe } from "../../sim/cluster/disk-faults.ts";
import type { ServerProcess } from "../../sim/cluster/state.ts";
import { setAddedUs, setTrouble } from "../../sim/disk/trouble.ts";
import { FaultCode, RowKind } from "../../sim/trace/row.ts";
import type { ServerFault } from "../scenario/server-faults.ts";
import { count, type Hands } from "./hands.ts";

/** Carries out on one server what damages or hinders it. */
export function obeyServerFault(hands: Hands, process: ServerProcess, fault: ServerFault): void {
  const { cluster } = hands;
  switch (fault.kind) {
    case "disk":
      setDisk(hands, process, fault);
      return;
    case "backup":
      backUp(cluster, process);
      tell(hands, process, FaultCode.once, "disk: copied");
      return;
    case "wipe": {
      const isDone = wipe(cluster, process, fault.spare);
      return told(hands, process, fault.spare, isDone, "wipe", "wiped");
    }
    case "rollback": {
      const isDone = rollBack(cluster, process, fault.spare);
      return told(hands, process, fault.spare, isDone, "rollback", "rolled back to an older copy");
    }
    case "corrupt": {
      const { what, spare } = fault;
      const isDone = corrupt(cluster, process, what, spare);
      return told(hands, process, spare, isDone, what, `damaged, ${what}`);
    }
  }
}

function setDisk(
  hands: Hands,
  { disk, sid }: ServerProcess,
  { is, addedUs }: Extract<ServerFault, { kind: "disk" }>,
): void {
  setAddedUs(disk, addedUs);
  setTrouble(disk, is === "well" || is === "slow" ? "none" : is);
  if (is === "well") {
    hands.note(RowKind.faulted, sid, 0, FaultCode.ends, { text: "disk: well again" });
    return;
  }
  count(hands.cluster, `${is} disk`);
  const how = is === "slow" ? `slow, ${addedUs / 1000} ms more` : is;
  hands.note(RowKind.faulted, sid, 0, FaultCode.begins, { text: `disk: ${how}` });
}

/** A disk lost something; or did not, to spare the others, or since there was nothing to lose. */
function told(
  hands: Hands,
  process: ServerProcess,
  spare: boolean,
  isDone: boolean,
  fault: string,
  done: string,
): void {
  if (isDone) count(hands.cluster, fault);
  if (isDone) tell(hands, process, FaultCode.once, `disk: ${done}`);
  else if (spare) tell(hands, process, FaultCode.once, `disk: spared, not ${done}`);
}

function tell(hands: Hands, { sid }: ServerProcess, code: number, text: string): void {
  hands.note(RowKind.faulted, sid, 0, code, { text });
}

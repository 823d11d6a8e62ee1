import { backUp, isSpared, rollBack, wipe } from "../../sim/cluster/disk-faults.ts";
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
    case "wipe":
      if (fault.spare && !isSpared(cluster, process)) return spared(hands, process, "wiped");
      wipe(cluster, process);
      count(cluster, "wipe");
      tell(hands, process, FaultCode.once, "disk: wiped");
      return;
    case "rollback":
      if (fault.spare && !isSpared(cluster, process)) return spared(hands, process, "rolled back");
      if (!rollBack(cluster, process)) return;
      count(cluster, "rollback");
      tell(hands, process, FaultCode.once, "disk: rolled back to an older copy");
      return;
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
    hands.note(RowKind.faulted, sid, 0, FaultCode.ends, "disk: well again");
    return;
  }
  count(hands.cluster, `${is} disk`);
  const how = is === "slow" ? `slow, ${addedUs / 1000} ms more` : is;
  hands.note(RowKind.faulted, sid, 0, FaultCode.begins, `disk: ${how}`);
}

function spared(hands: Hands, process: ServerProcess, what: string): void {
  tell(hands, process, FaultCode.once, `disk: not ${what}, a quorum of others would miss it`);
}

function tell(hands: Hands, { sid }: ServerProcess, code: number, text: string): void {
  hands.note(RowKind.faulted, sid, 0, code, text);
}

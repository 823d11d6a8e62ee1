import { backUp, corrupt, rollBack, wipe } from "../../sim/cluster/disk-faults.ts";
import { beLate, drift, jump } from "../../sim/cluster/process-faults.ts";
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
    case "clock":
      setClock(hands, process, fault);
      return;
    case "late":
      setLateness(hands, process, fault);
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

function setClock(
  hands: Hands,
  process: ServerProcess,
  { driftPpm, jumpMs }: Extract<ServerFault, { kind: "clock" }>,
): void {
  const { cluster } = hands;
  if (driftPpm !== null && driftPpm !== process.clock.driftPpm) {
    drift(cluster, process, driftPpm);
    if (driftPpm !== 0) count(cluster, "clock drift");
    const code = driftPpm === 0 ? FaultCode.ends : FaultCode.begins;
    const pace = driftPpm < 0 ? "slow" : "fast";
    const how = driftPpm === 0 ? "true" : `${Math.abs(driftPpm)} ppm ${pace}`;
    tell(hands, process, code, `clock: ${how}`);
  }
  if (jumpMs !== null) {
    jump(cluster, process, jumpMs);
    count(cluster, "clock jump");
    const way = jumpMs < 0 ? "back" : "forward";
    tell(hands, process, FaultCode.once, `clock: set ${way} by ${Math.abs(jumpMs)} ms`);
  }
}

function setLateness(
  hands: Hands,
  process: ServerProcess,
  { points, oneIn, byUs }: Extract<ServerFault, { kind: "late" }>,
): void {
  if (byUs === 0 && process.late === null) return;
  beLate(hands.cluster, process, points, oneIn, byUs);
  if (byUs === 0) return tell(hands, process, FaultCode.ends, "pace: on time");
  count(hands.cluster, points === null ? "slow server" : "late");
  const where = points === null ? "everywhere" : `at ${points.join(", ")}`;
  const often = oneIn === 1 ? "" : `, once in ${oneIn} times`;
  const how = `late ${where}, by up to ${byUs / 1000} ms${often}`;
  tell(hands, process, FaultCode.begins, `pace: ${how}`);
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

import { carryOut, type Actor, type ActorEffect } from "./actor.ts";
import type { ScriptMind } from "./mind.ts";

/** Does what is due, and sleeps until the next item. */
export function onScriptAlarm(
  actor: Actor,
  mind: ScriptMind,
  nowUs: number,
  out: ActorEffect[],
): void {
  const { behaviour } = actor.plan;
  if (behaviour.kind !== "script") return;
  for (; mind.next < behaviour.items.length; mind.next++) {
    const item = behaviour.items[mind.next];
    if (item === undefined) return;
    if (item.atUs > nowUs) {
      out.push({ kind: "alarm", afterUs: item.atUs - nowUs });
      return;
    }
    carryOut(actor, item.action, nowUs, out);
  }
}

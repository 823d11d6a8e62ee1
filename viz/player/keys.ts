import { openHelp } from "../components/help.ts";
import { openTable } from "../components/tables.ts";
import { toViolation } from "../components/transport.ts";
import { SPEEDS, type Player } from "./player.ts";
import { toggleTheme } from "./theme.ts";

/** Keys of the whole page. Those that a focused control uses itself are left to it. */
export function listenToKeys(
  player: Player,
  zoom: (factor: number) => void,
  signal: AbortSignal,
): void {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.closest("input, select, textarea, dialog") !== null) return;
      if (event.key === " " && target.closest("button, a") !== null) return;
      if (act(event, target, player, zoom)) event.preventDefault();
    },
    { signal },
  );
}

function act(
  event: KeyboardEvent,
  target: Element,
  player: Player,
  zoom: (factor: number) => void,
): boolean {
  switch (event.key) {
    case " ":
      if (player.isPlaying()) player.pause();
      else player.play();
      return true;
    case "ArrowLeft":
    case "ArrowRight": {
      const by = event.key === "ArrowRight" ? 1 : -1;
      player.pause();
      player.select(null);
      if (event.shiftKey) player.round(by);
      else player.step(by);
      return true;
    }
    case "Home":
      player.seekTo(0);
      return true;
    case "End":
      player.seekTo(player.moment().story.endUs);
      return true;
    case "-":
    case "+":
    case "=":
      changeSpeed(player, event.key === "-" ? -1 : 1);
      return true;
    case "[":
    case "]":
      zoom(event.key === "[" ? 1.5 : 1 / 1.5);
      return true;
    case ".":
      toViolation(player);
      return true;
    case "t":
    case "T":
      openTable(target.closest("[data-pane]")?.getAttribute("data-pane") ?? "ring", player);
      return true;
    case "d":
    case "D":
      toggleTheme();
      return true;
    case "?":
      openHelp();
      return true;
    case "Escape":
      player.select(null);
      player.focusServer(null);
      return true;
  }
  if (!/^[1-9]$/.test(event.key)) return false;
  return focusServer(player, Number(event.key));
}

function changeSpeed(player: Player, by: 1 | -1): void {
  const next = SPEEDS[SPEEDS.indexOf(player.speed()) + by];
  if (next !== undefined) player.changeSpeed(next);
}

function focusServer(player: Player, sid: number): boolean {
  if (!player.moment().view.servers.some((server) => server.sid === sid)) return false;
  player.focusServer(sid);
  document.querySelector<SVGGElement>(`.press[data-sid="${sid}"]`)?.focus();
  return true;
}

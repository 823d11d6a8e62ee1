import type { Player } from "../player/player.ts";
import type { Geometry } from "./field-geometry.ts";

/** Dragging moves through time; a wheel with Ctrl zooms, one sideways or with Shift moves. */
export function listenToPointer(
  stage: HTMLElement,
  player: Player,
  geometry: () => Geometry | null,
  zoom: (factor: number) => void,
): void {
  let last: number | null = null;
  let moved = 0;
  const alongOf = (event: PointerEvent): number =>
    geometry()?.vertical === true ? event.clientY : event.clientX;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || (geometry()?.vertical === true && event.pointerType === "touch"))
      return;
    last = alongOf(event);
    moved = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const current = geometry();
    if (last === null || current === null || event.buttons !== 1) return;
    const by = alongOf(event) - last;
    moved += Math.abs(by);
    if (moved < 4) return;
    stage.classList.add("dragging");
    last = alongOf(event);
    player.pause();
    player.seekTo(player.moment().nowUs - by / current.pxPerUs);
  });
  const end = (): void => {
    last = null;
    stage.classList.remove("dragging");
  };
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointerleave", end);
  stage.addEventListener("click", () => {
    if (moved < 4) player.select(null);
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      const current = geometry();
      if (current === null) return;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2);
        return;
      }
      const by = event.shiftKey ? event.deltaY : event.deltaX;
      if (by === 0) return;
      event.preventDefault();
      player.pause();
      player.seekTo(player.moment().nowUs + by / current.pxPerUs);
    },
    { passive: false },
  );
}

import type { Player } from "../player/player.ts";
import type { Geometry } from "./field-geometry.ts";
import type { Point } from "./shapes.ts";

type Pointed = {
  readonly geometry: () => Geometry | null;
  readonly zoom: (factor: number) => void;
  /** What to say about a place, and the row to pick there. */
  readonly titleAt: (at: Point) => string;
  readonly rowAt: (at: Point) => number | null;
};

/** Dragging moves through time; a wheel with Ctrl zooms, one sideways or with Shift moves. */
export function listenToPointer(
  stage: HTMLElement,
  player: Player,
  { geometry, zoom, titleAt, rowAt }: Pointed,
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
    if (event.buttons === 0) {
      const title = titleAt(placeOf(event));
      stage.title = title;
      stage.dataset["near"] = String(title !== "");
    }
    if (last === null || current === null || event.buttons !== 1) return;
    const by = alongOf(event) - last;
    moved += Math.abs(by);
    if (moved < 4) return;
    stage.classList.add("dragging");
    last = alongOf(event);
    player.pause();
    player.seekTo(player.moment().nowUs - by / current.pxPerUs);
  });
  const placeOf = (event: MouseEvent): Point => {
    const { left, top } = stage.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const end = (): void => {
    last = null;
    stage.classList.remove("dragging");
  };
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointerleave", end);
  stage.addEventListener("click", (event) => {
    if (moved >= 4) return;
    const row = rowAt(placeOf(event));
    player.select(row === null ? null : { row });
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

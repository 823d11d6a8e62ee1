import { turnOf } from "../../sim/trace/columns.ts";
import { SPEEDS, type Moment, type Player } from "../player/player.ts";
import { countText } from "../player/words.ts";
import { button, element, icon } from "./html.ts";

const PLAY = "M4 2l10 6-10 6z";
const PAUSE = "M4 2h3v12H4zM9 2h3v12H9z";

export type Transport = { readonly draw: (moment: Moment) => void };

/** Play, steps, the clock and the speed. The buttons and the clock never move. */
export function transport(box: HTMLElement, player: Player): Transport {
  const playIcon = icon(PLAY, 16);
  const playButton = button("play", "Play", playIcon, () => {
    if (player.isPlaying()) player.pause();
    else player.play();
  });
  const seconds = document.createTextNode("0.000");
  const rest = element("small", {}, "000 s");
  const count = element("span", { class: "ev" });
  const speeds = SPEEDS.map((speed) => {
    const choice = element("button", { type: "button" }, speedText(speed));
    choice.addEventListener("click", () => player.changeSpeed(speed));
    return { speed, choice };
  });
  const violation = button("btn push wide", "Next violation", "Next violation", () =>
    toViolation(player),
  );
  violation.append(element("kbd", {}, "."));
  violation.hidden = player.moment().story.violations.length === 0;
  box.append(
    element(
      "div",
      { class: "keys", role: "group", "aria-label": "Steps" },
      button("ib wide", "Previous round", icon("M10 4L4 10l6 6M16 4l-6 6 6 6"), () =>
        player.round(-1),
      ),
      button("ib", "Previous event", icon("M13 4l-6 6 6 6"), () => player.step(-1)),
      playButton,
      button("ib", "Next event", icon("M7 4l6 6-6 6"), () => player.step(1)),
      button("ib wide", "Next round", icon("M4 4l6 6-6 6M10 4l6 6-6 6"), () => player.round(1)),
    ),
    element("span", { class: "clock" }, seconds, rest),
    count,
    element(
      "span",
      { class: "speed", role: "group", "aria-label": "Speed" },
      ...speeds.map(({ choice }) => choice),
    ),
    violation,
  );

  function draw(moment: Moment): void {
    const us = Math.floor(moment.nowUs);
    seconds.data = (Math.floor(us / 1000) / 1000).toFixed(3);
    rest.textContent = `${String(us % 1000).padStart(3, "0")} s`;
    const { columns, footer } = moment.trace;
    const turn = moment.rows === 0 ? 0 : turnOf(columns, moment.rows - 1);
    const turns = footer?.turns ?? (columns.rows === 0 ? 0 : turnOf(columns, columns.rows - 1));
    count.textContent = `event ${countText(turn)} of ${countText(turns)}`;
    const playing = player.isPlaying();
    playIcon.querySelector("path")?.setAttribute("d", playing ? PAUSE : PLAY);
    playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
    for (const { speed, choice } of speeds) {
      choice.setAttribute("aria-pressed", String(speed === player.speed()));
    }
  }

  return { draw };
}

/** To the next violation after now, or round to the first. */
export function toViolation(player: Player): void {
  const { story, rows } = player.moment();
  const next = story.violations.find((mark) => mark.row >= rows) ?? story.violations[0];
  if (next !== undefined) player.seekRow(next.row);
}

function speedText(speed: number): string {
  return speed < 1 ? `1/${Math.round(1 / speed)}` : `${speed}×`;
}

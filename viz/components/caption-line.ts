import { captionOf } from "../player/caption.ts";
import type { Moment } from "../player/player.ts";

export type CaptionLine = { readonly draw: (moment: Moment) => void };

/** The sentence over all panes. Only a new sentence touches the page, so a screen reader says each once. */
export function captionLine(section: HTMLElement): CaptionLine {
  const sentence = document.createElement("h1");
  sentence.setAttribute("aria-live", "polite");
  const context = document.createElement("p");
  context.className = "say";
  section.append(sentence, context);

  function draw(moment: Moment): void {
    const caption = captionOf(moment);
    section.dataset["tone"] = caption.tone;
    if (sentence.textContent !== caption.sentence) sentence.textContent = caption.sentence;
    if (context.dataset["text"] === caption.context) return;
    context.dataset["text"] = caption.context;
    context.replaceChildren(...emphasised(caption.context));
  }

  return { draw };
}

/** Words between stars become bold. */
function emphasised(text: string): Node[] {
  return text.split("*").map((part, index) => {
    if (index % 2 === 0) return document.createTextNode(part);
    const strong = document.createElement("b");
    strong.textContent = part;
    return strong;
  });
}

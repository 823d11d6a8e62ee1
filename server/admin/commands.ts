import { COMMANDS, type Command } from "./command-table.ts";
import { isServing, NOT_SERVING } from "./facts.ts";
import { jsonObject, jsonText, type Json } from "./json-text.ts";
import type { ServerView } from "./view.ts";

const BY_NAME: ReadonlyMap<string, Command> = new Map(
  COMMANDS.flatMap((command) => command.names.map((name) => [name, command] as const)),
);

/** The page that lists the commands below `base`, in the order of their names. */
export function commandList(base: string): string {
  const links = COMMANDS.map(({ names }) => names[0])
    .sort()
    .map((name) => `<a href="${base}/${name}">${name}</a>\n<br/>\n`);
  return links.join("");
}

/** The answer to a command, which says in `error` when there is none. */
export async function commandText(
  view: ServerView,
  name: string,
  query: URLSearchParams,
): Promise<string> {
  const command = BY_NAME.get(name);
  if (command === undefined) return errorText(name, `Unknown command: ${name}`);
  if (!command.always && !isServing(view)) return errorText(name, NOT_SERVING);
  const entries = new Map<string, Json>(await command.run(view, query));
  const failed = entries.has("error");
  entries.set("command", command.names[0]);
  if (!failed) entries.set("error", null);
  return jsonText(entries);
}

function errorText(name: string, error: string): string {
  return jsonText(
    jsonObject([
      ["command", name],
      ["error", error],
    ]),
  );
}

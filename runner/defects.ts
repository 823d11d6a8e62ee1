import { DEFECTS, findDefect, type Defect } from "../core/defects.ts";
import { InputProblem } from "./scenario/input-problem.ts";
import { nearest } from "./scenario/nearest.ts";

/**
 * The defects that words name: by id, by number or by slug. In the order of their table, each once.
 *
 * @param where the words stand, as a message names it
 * @throws InputProblem for a word that names none
 */
export function readDefects(words: readonly string[], where: string): readonly Defect[] {
  const named = words.map((word) => findDefect(word) ?? unknown(word, where));
  return DEFECTS.filter((defect) => named.includes(defect));
}

function unknown(word: string, where: string): never {
  const names = DEFECTS.flatMap(({ id, slug }) => [id, slug, numberOf(id)]);
  const near = nearest(word, names);
  const meant = near === null ? "" : `, did you mean "${near}"?`;
  const known = DEFECTS.map(({ id, slug }) => `${id} (${slug})`).join(", ");
  throw new InputProblem(
    { file: where, line: 0, column: 0 },
    `unknown defect "${word}"${meant}${near === null ? ";" : ""} expected one of: ${known}`,
  );
}

function numberOf(id: string): string {
  return id.slice(id.lastIndexOf("-") + 1);
}

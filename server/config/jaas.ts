import { ConfigProblem } from "../../core/ensemble/config-problem.ts";

/**
 * Reads the DIGEST-MD5 users of a JAAS file: the options `user_<name>="<password>"` of its login modules in `section`.
 *
 * @returns null when the file has no such section: no SASL is configured then
 * @throws ConfigProblem at the first word that belongs to no JAAS file
 * @see javax.security.auth.login.Configuration
 */
export function readSaslUsers(
  text: string,
  file: string,
  section: string,
): ReadonlyMap<string, string> | null {
  const words = tokens(text, file);
  let users: Map<string, string> | null = null;
  let next = 0;
  const take = (expected: string, fits: (word: Word) => boolean): Word => {
    const word = words[next++];
    if (word !== undefined && fits(word)) return word;
    const at = word ?? words.at(-1);
    const found = word === undefined ? "the end of the file" : `"${word.text}"`;
    throw new ConfigProblem(file, at?.line ?? 0, `expected ${expected}, found ${found}`);
  };
  const symbol = (text: string): Word => take(`"${text}"`, (word) => isSymbol(word, text));
  while (next < words.length) {
    const name = take("the name of a section", (word) => !isAnySymbol(word));
    symbol("{");
    const found = new Map<string, string>();
    while (!isSymbol(words[next], "}")) {
      take("the class of a login module", (word) => !isAnySymbol(word));
      take("required, requisite, sufficient or optional", ({ text }) => CONTROL_FLAG.test(text));
      while (!isSymbol(words[next], ";")) {
        const option = take("an option", (word) => !isAnySymbol(word));
        symbol("=");
        const value = take("a value", (word) => !isAnySymbol(word));
        if (option.text.startsWith(USER)) found.set(option.text.slice(USER.length), value.text);
      }
      symbol(";");
    }
    symbol("}");
    symbol(";");
    if (name.text === section) users = found;
  }
  return users;
}

const USER = "user_";
const CONTROL_FLAG = /^(required|requisite|sufficient|optional)$/i;

type Word = { readonly text: string; readonly line: number; readonly isQuoted: boolean };

function isSymbol(word: Word | undefined, text: string): boolean {
  return word !== undefined && !word.isQuoted && word.text === text;
}

function isAnySymbol(word: Word): boolean {
  return !word.isQuoted && /^[{};=]$/.test(word.text);
}

/** Words, quoted strings and the signs `{ } ; =`, without comments and blanks. */
function tokens(text: string, file: string): Word[] {
  const words: Word[] = [];
  const pattern =
    /(\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|"((?:[^"\\\n]|\\.)*)"|([{};=])|([^\s{};="]+)|(")/g;
  let line = 1;
  for (const [all, blank, quoted, sign, plain] of text.matchAll(pattern)) {
    if (blank === undefined) {
      const found = quoted?.replace(/\\(.)/g, "$1") ?? sign ?? plain;
      if (found === undefined) throw new ConfigProblem(file, line, 'expected a closing "');
      words.push({ text: found, line, isQuoted: quoted !== undefined });
    }
    line += all.split("\n").length - 1;
  }
  return words;
}

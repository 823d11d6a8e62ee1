import { CLIENT_ACTIONS, type StepInput, type TargetInput } from "./input.ts";

/** `crash leader`, `create /x by alice`. */
export function describeStep(input: StepInput): string {
  const action = input.do ?? "";
  if ((CLIENT_ACTIONS as readonly string[]).includes(action)) {
    const path = input.path === undefined ? "" : ` ${input.path}`;
    return `${action}${path} by ${input.client ?? ""}`;
  }
  const words = [action];
  if (input.server !== undefined) words.push(name(input.server));
  if (input.client !== undefined) words.push(input.client);
  if (input.servers !== undefined) words.push(input.servers.map(name).join(", "));
  if (input.shape !== undefined) words.push(input.shape);
  if (input.groups !== undefined) {
    words.push(input.groups.map((group) => group.map(name).join(", ")).join(" | "));
  }
  if (input.from !== undefined) words.push(name(input.from));
  const isMutual = action === "reset" || action === "halfOpen";
  if (input.from !== undefined && !isMutual) words.push("→");
  if (input.from !== undefined && isMutual && input.to !== undefined) words.push("and");
  if (input.to !== undefined) words.push(name(input.to));
  else if (input.from !== undefined && !isMutual) words.push("all");
  words.push(...measures(input));
  if (input.is !== undefined) words.push(input.is);
  if (input.what !== undefined) words.push(`(${input.what})`);
  if (input.upon !== undefined) words.push(`upon ${input.upon} ${input.nth ?? 1}`);
  if (input.points !== undefined) words.push(`at ${input.points.join(", ")}`);
  if (input.driftPpm !== undefined) words.push(`drift ${input.driftPpm} ppm`);
  if (input.jumpMs !== undefined) words.push(`jump ${input.jumpMs} ms`);
  if (input.apart !== undefined) words.push(`one after the other, ${input.apart} apart`);
  if (input.power === true) words.push("with its power");
  return words.join(" ");
}

function measures({ by, tail, over, late, ...input }: StepInput): string[] {
  const words: string[] = [];
  if (by !== undefined) words.push(`by ${by}`);
  if (tail !== undefined) words.push(`up to ${tail}`);
  if (input.bytesPerSecond !== undefined) words.push(`to ${input.bytesPerSecond} bytes/s`);
  if (input.oneIn !== undefined) words.push(`one in ${input.oneIn}`);
  if (input.silently === true) words.push("silently");
  if (input.keeps !== undefined) words.push(`after ${input.keeps} more`);
  if (late !== undefined) words.push(`${late} late`);
  if (over !== undefined) words.push(`over ${over}`);
  if (input.for !== undefined) words.push(`for ${input.for}`);
  return words;
}

function name(target: TargetInput): string {
  return typeof target === "number" ? `server ${target}` : target;
}

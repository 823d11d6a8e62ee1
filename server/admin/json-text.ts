import { decimalText } from "./number-text.ts";

/** A number that is printed with a point even when it is whole. */
export type Decimal = { readonly decimal: number };

/** Keys keep their order, and may be numbers: hence a map and no object. */
export type JsonObject = ReadonlyMap<string, Json>;

export type Json =
  null | boolean | number | bigint | string | Decimal | readonly Json[] | JsonObject;

export function jsonObject(entries: readonly (readonly [string, Json])[]): JsonObject {
  return new Map(entries);
}

/** JSON as Jackson's default pretty printer lays it out: `"key" : value`, arrays on one line. */
export function jsonText(value: Json, indent = ""): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Map) return objectText(value as JsonObject, indent);
  if ("decimal" in value) return decimalText(value.decimal);
  const items = [...(value as readonly Json[])].map((item) => jsonText(item, indent));
  return items.length === 0 ? "[ ]" : `[ ${items.join(", ")} ]`;
}

function objectText(entries: JsonObject, indent: string): string {
  if (entries.size === 0) return "{ }";
  const inner = `${indent}  `;
  const lines = [...entries].map(
    ([key, value]) => `${inner}${JSON.stringify(key)} : ${jsonText(value, inner)}`,
  );
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

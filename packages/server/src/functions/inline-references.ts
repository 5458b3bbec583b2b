/** Deeper than any schema that a model can follow; what leads in circles ends here too. */
const MOST_DEPTH = 16;
/** Parts of a schema that are written out: each reference writes its target again. */
const MOST_PARTS = 5_000;

/**
 * A JSON schema whose references to its own parts (`#/$defs/…`) are written out: many generators of schemas make them, and some language
 * models refuse them. Others stay as they are.
 * @throws Error where they lead in circles, or it would grow without measure
 */
export function inlineReferences(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  let parts = 0;
  const written = (value: unknown, depth: number): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (depth > MOST_DEPTH || ++parts > MOST_PARTS) throw new Error("its references lead in circles");
    if (Array.isArray(value)) return value.map((item) => written(item, depth + 1));
    const { $ref, ...beside } = value as Record<string, unknown>;
    const target = typeof $ref === "string" ? partOf(schema, $ref) : undefined;
    if (target !== undefined) return written({ ...target, ...beside }, depth + 1);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, written(item, depth + 1)]));
  };
  const { $defs: _, definitions: __, ...own } = schema;
  return written(own, 0) as Record<string, unknown>;
}

/** By JSON pointer (RFC 6901) as a URI's fragment. */
function partOf(schema: object, reference: string): object | undefined {
  if (!reference.startsWith("#/")) return undefined;
  let part: unknown = schema;
  for (const step of reference.slice(2).split("/")) {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof part !== "object" || part === null || !Object.hasOwn(part, name)) return undefined;
    part = (part as Record<string, unknown>)[name];
  }
  return typeof part === "object" && part !== null ? part : undefined;
}

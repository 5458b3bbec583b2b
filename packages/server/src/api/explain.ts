import { nearMiss } from "../config/near-miss.ts";

/** What of a JSON schema the sentences are made from. `x-must` is our own: what a pattern means, in words. */
export interface SchemaShape {
  type?: string | readonly string[];
  properties?: Record<string, SchemaShape>;
  required?: readonly string[];
  additionalProperties?: boolean | SchemaShape;
  items?: SchemaShape;
  anyOf?: readonly SchemaShape[];
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  pattern?: string;
  "x-must"?: string;
}

/**
 * Says in one sentence what is wrong with a value that its schema refused, naming the field.
 * @param check whether a value satisfies a schema; decides which of several fields is the wrong one
 */
export function explain(
  schema: SchemaShape,
  value: unknown,
  what: string,
  check: (schema: SchemaShape, value: unknown) => boolean,
): string {
  return faultOf(schema, value, "", what, check) ?? `The ${what} is not valid.`;
}

type Check = (schema: SchemaShape, value: unknown) => boolean;

function faultOf(
  schema: SchemaShape,
  value: unknown,
  path: string,
  what: string,
  check: Check,
): string | undefined {
  if (check(schema, value)) return undefined;
  const subject = path === "" ? `The ${what}` : path;
  if (schema.anyOf !== undefined) return anyOfFault(schema.anyOf, value, path, what, check);
  if (schema.properties !== undefined && isRecord(value)) {
    const { properties } = schema;
    for (const name of schema.required ?? []) {
      if (value[name] === undefined) return `${join(path, name)} is missing.`;
    }
    for (const [name, field] of Object.entries(value)) {
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (own === undefined) {
        if (schema.additionalProperties === false)
          return unknownField(join(path, name), name, properties, what);
        continue;
      }
      if (field === undefined) continue;
      const fault = faultOf(own, field, join(path, name), what, check);
      if (fault !== undefined) return fault;
    }
  }
  if (schema.items !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.slice(0, 1000).entries()) {
      const fault = faultOf(schema.items, item, `${path}[${index}]`, what, check);
      if (fault !== undefined) return fault;
    }
  }
  return `${subject} must be ${describe(schema)}.`;
}

function anyOfFault(
  branches: readonly SchemaShape[],
  value: unknown,
  path: string,
  what: string,
  check: Check,
): string | undefined {
  const objects = branches.filter((branch) => branch.properties?.type?.const !== undefined);
  if (objects.length > 0 && isRecord(value)) {
    const branch = objects.find(({ properties }) => properties?.type?.const === value.type);
    if (branch !== undefined) return faultOf(branch, value, path, what, check);
    const types = objects.map(({ properties }) => String(properties?.type?.const));
    return value.type === undefined
      ? `${join(path, "type")} is missing: one of ${types.join(", ")}.`
      : `${join(path, "type")} must be one of ${types.join(", ")}.`;
  }
  const [meant, ...others] = branches.filter((branch) => isOfShape(branch, value));
  // What is an object where an object may stand is meant to be that one: what of it is wrong is worth saying.
  if (meant !== undefined && others.length === 0) return faultOf(meant, value, path, what, check);
  return `${path === "" ? `The ${what}` : path} must be ${branches.map(describe).join(" or ")}.`;
}

function isOfShape({ properties, items }: SchemaShape, value: unknown): boolean {
  return (properties !== undefined && isRecord(value)) || (items !== undefined && Array.isArray(value));
}

function unknownField(
  path: string,
  name: string,
  properties: Record<string, SchemaShape>,
  what: string,
): string {
  const known = Object.keys(properties);
  const folded = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  const near = folded ?? known.find((candidate) => nearMiss(name, [candidate.toUpperCase()]) !== undefined);
  const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path;
  const suggestion = near === undefined ? "." : `; did you mean ${near}?`;
  return `${shown} is not a ${what === "body" || what === "file" ? "field" : "parameter"} here${suggestion}`;
}

/** What a schema asks for, as it stands after "must be". */
export function describe(schema: SchemaShape): string {
  const must = schema["x-must"];
  if (must !== undefined) return must;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(describe).join(" or ");
  switch (schema.type) {
    case "integer":
    case "number":
      return `${schema.type === "integer" ? "a whole number" : "a number"}${range(schema.minimum, schema.maximum)}`;
    case "string": {
      const { minLength = 0, maxLength } = schema;
      if (maxLength === undefined) return minLength > 0 ? "a text that is not empty" : "a text";
      return minLength > 0
        ? `a text of ${minLength} to ${maxLength} characters`
        : `a text of at most ${maxLength} characters`;
    }
    case "array": {
      const items = schema.items === undefined ? "" : `, each ${describe(schema.items)}`;
      const different = schema.uniqueItems === true ? " different" : "";
      return `a list${schema.maxItems === undefined ? "" : ` of at most ${schema.maxItems}${different} items`}${items}`;
    }
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    default:
      return "a JSON object";
  }
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? "" : ` of at most ${maximum}`;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

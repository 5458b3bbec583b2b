// The JSON schema of a function's parameters, and a model's arguments against it.
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { RE2JS } from "re2js";

/** Characters of a schema as JSON. */
const MOST_SCHEMA = 16_000;
const MOST_DEPTH = 12;
/** They could lead in circles, and some providers refuse them. */
const REFERENCES = ["$ref", "$recursiveRef", "$dynamicRef", "$id", "$anchor"];

// The pattern of a schema is matched in linear time, whoever wrote it.
const regExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    return { test: (text: string) => compiled.matcher(text).find() };
  },
  { code: "linearTimePattern" },
);

const NO_PARAMETERS = { type: "object" };

const compiled = new WeakMap<object, ValidateFunction>();

/** @returns what is wrong with it as the parameters of a function, in a sentence; undefined: nothing */
export function schemaFault(schema: Readonly<Record<string, unknown>>): string | undefined {
  if (JSON.stringify(schema).length > MOST_SCHEMA) return `is longer than ${MOST_SCHEMA} characters`;
  if (schema.type !== "object") return 'must be a JSON schema of "type": "object"';
  if (depth(schema) > MOST_DEPTH) return `is nested more than ${MOST_DEPTH} deep`;
  const reference = REFERENCES.find((word) => mentions(schema, word));
  if (reference !== undefined) return `may not hold ${reference}: write out what it stands for`;
  try {
    compile(schema);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : "";
    return `is no JSON schema that can be used: ${why}`;
  }
}

/**
 * Fills in the schema's defaults.
 * @param described the schema; undefined: an object of any kind
 * @returns what is wrong with the arguments, told so that a model can mend it; undefined: nothing
 */
export function argumentsFault(
  described: Readonly<Record<string, unknown>> | undefined,
  given: Record<string, unknown>,
): string | undefined {
  const schema = described ?? NO_PARAMETERS;
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(given)) return undefined;
  const [first] = validate.errors ?? [];
  return first === undefined ? "they do not follow the schema" : sentence(first);
}

function compile({ $schema: _, ...schema }: Readonly<Record<string, unknown>>): ValidateFunction {
  // One for each: compiled schemas stay in it.
  const ajv = new Ajv({
    ...{ strict: false, validateFormats: false, useDefaults: true, logger: false },
    code: { regExp },
  });
  return ajv.compile(schema);
}

function sentence({ instancePath, message, params }: ErrorObject): string {
  const where = instancePath === "" ? "the arguments" : instancePath.slice(1).replaceAll("/", ".");
  const allowed: unknown = params.allowedValues ?? params.additionalProperty;
  const detail = allowed === undefined ? "" : ` (${JSON.stringify(allowed).slice(0, 300)})`;
  return `${where} ${message ?? "cannot be used"}${detail}`;
}

function depth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}

function mentions(value: unknown, word: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, word) || Object.values(value).some((part) => mentions(part, word));
}

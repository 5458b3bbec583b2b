import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaFault } from "./function-parameters.ts";
import { inlineReferences } from "./inline-references.ts";

test("references to a schema's own parts are written out, with what stands beside them", () => {
  const schema = {
    type: "object",
    properties: {
      size: { $ref: "#/$defs/Size", description: "How large" },
      lines: { type: "array", items: { $ref: "#/definitions/a~1b%20c" } },
    },
    $defs: { Size: { enum: ["s", "m"], description: "A size" } },
    definitions: { "a/b c": { type: "object", properties: { size: { $ref: "#/$defs/Size" } } } },
  };
  const plain = inlineReferences(schema);
  assert.deepEqual(plain, {
    type: "object",
    properties: {
      size: { enum: ["s", "m"], description: "How large" },
      lines: {
        type: "array",
        items: { type: "object", properties: { size: { enum: ["s", "m"], description: "A size" } } },
      },
    },
  });
  assert.equal(schemaFault(plain), undefined);
});

test("circles and schemas that grow without measure are refused; what leads elsewhere stays for the judge", () => {
  const circle = { type: "object", properties: { next: { $ref: "#/$defs/N" } } };
  assert.throws(
    () => inlineReferences({ ...circle, $defs: { N: { properties: { next: { $ref: "#/$defs/N" } } } } }),
    /circles/,
  );
  assert.throws(
    () => inlineReferences({ $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/A" } } }),
    /circles/,
  );
  const twice = (to: string) => ({ properties: { a: { $ref: to }, b: { $ref: to }, c: { $ref: to } } });
  const doubling = Object.fromEntries(
    Array.from({ length: 12 }, (_, level) => [`L${level}`, twice(`#/$defs/L${level + 1}`)]),
  );
  assert.throws(() => inlineReferences({ ...twice("#/$defs/L0"), $defs: doubling }), /circles/);
  const foreign = { type: "object", properties: { a: { $ref: "https://example.com/schema" } } };
  assert.match(schemaFault(inlineReferences(foreign)) ?? "", /\$ref/);
  const unknown = { type: "object", properties: { a: { $ref: "#/$defs/constructor" } }, $defs: {} };
  assert.match(schemaFault(inlineReferences(unknown)) ?? "", /\$ref/);
});

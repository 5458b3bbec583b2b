import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpFunction } from "../store/records.ts";
import { argumentsFault, schemaFault } from "./function-parameters.ts";
import { fillRequest, secretsOf, templateFault } from "./http-request.ts";
import { resultOf } from "./http-result.ts";
import { maskValues } from "./mask-values.ts";

const base: HttpFunction = { type: "http", name: "one", description: "Asks.", url: "https://api.example/" };
const noSecret = (name: string): string => assert.fail(name);

test("arguments are encoded where they stand, the others follow in the query", () => {
  const url = "https://api.example/a/{id}/b?x={x}#part";
  const given = { id: "1/2 ?&#é", x: "a&b=c", list: ["p", "q"], deep: { k: 1 }, no: undefined };
  const request = fillRequest({ ...base, url }, given, noSecret);
  assert.equal(
    request.url,
    "https://api.example/a/1%2F2%20%3F%26%23%C3%A9/b?x=a%26b%3Dc&list=p&list=q&deep=%7B%22k%22%3A1%7D",
  );
  assert.equal(request.body, undefined);
  const removed = fillRequest({ ...base, method: "DELETE" }, { id: 1 }, noSecret);
  assert.deepEqual([removed.method, removed.url], ["DELETE", "https://api.example/?id=1"]);
});

test("no argument leads elsewhere than the URL does", () => {
  for (const url of [
    "https://api.example/a/{x}/b",
    "https://api.example/a/.{x}",
    "https://api.example/{x}{x}",
  ])
    for (const x of ["..", ".", "%2e", "../../admin", "@evil.example", "//evil.example", "\\..\\"]) {
      let filled: URL;
      try {
        filled = new URL(fillRequest({ ...base, url }, { x }, noSecret).url);
      } catch (error) {
        assert.match(String(error), /may not be \. or \.\./);
        continue;
      }
      assert.equal(filled.host, "api.example");
      assert.equal(filled.pathname.split("/").length, new URL(url).pathname.split("/").length, `${url} ${x}`);
    }
  assert.throws(() => fillRequest(base, { x: "a".repeat(3_000) }, noSecret), /too long for a URL/);
});

test("secrets stand in headers as they are, in the URL encoded, and what looks like a parameter in them stays", () => {
  const one: HttpFunction = {
    ...base,
    url: "https://api.example/?k={{secret:A}}",
    headers: { "X-Key": "Key {{secret:A}}:{{secret:B}}", "X-Plain": "{not} one" },
  };
  assert.deepEqual(secretsOf(one), ["A", "B"]);
  const { url, headers } = fillRequest(one, {}, (name) => (name === "A" ? "a&{b}" : "$&$1"));
  assert.equal(url, "https://api.example/?k=a%26%7Bb%7D");
  assert.deepEqual([headers["X-Key"], headers["X-Plain"]], ["Key a&{b}:$&$1", "{not} one"]);
});

test("a template's own faults are named with their field", () => {
  const parameters = {
    type: "object",
    properties: { id: { type: "string" }, o: { type: "object" } },
    required: ["id", "o"],
  };
  const fault = (more: Partial<HttpFunction>) => templateFault({ ...base, parameters, ...more });
  assert.equal(fault({ url: "https://api.example/{id}" }), undefined);
  assert.equal(fault({ url: "https://api.example?x={id}" }), undefined);
  assert.match(fault({ url: "https://api.example/{o}" }) ?? "", /^url: \{o\} must be/);
  assert.match(fault({ url: "https://api.example/{constructor}" }) ?? "", /^url: \{constructor\} must be/);
  assert.match(fault({ url: "https://api.{id}.example/" }) ?? "", /^url must begin/);
  assert.match(fault({ url: "https://{{secret:A}}/" }) ?? "", /^url must begin/);
  assert.match(fault({ headers: { "X-Key": "{{secret:A B}}" } }) ?? "", /needs a name/);
  assert.match(fault({ headers: { cookie: "session=1" } }) ?? "", /^headers\.cookie: write/);
});

test("patterns of a schema take linear time, and defaults are filled in", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      a: { type: "string", pattern: "^(a+)+$", format: "none-such" },
      n: { type: "integer", default: 3 },
    },
  };
  assert.equal(schemaFault(schema), undefined);
  const given: Record<string, unknown> = { a: `${"a".repeat(5_000)}!` };
  assert.match(argumentsFault(schema, given) ?? "", /^a must match pattern/);
  assert.equal(given.n, 3);
  assert.match(schemaFault({ type: "object", properties: { a: { pattern: "(" } } }) ?? "", /no JSON schema/);
  let deep: Record<string, unknown> = { type: "object" };
  for (let level = 0; level < 20; level++) deep = { type: "object", properties: { a: deep } };
  assert.match(schemaFault(deep) ?? "", /nested/);
  assert.match(schemaFault({ type: "object", description: "x".repeat(20_000) }) ?? "", /longer than/);
});

test("values are masked in the spellings in which a server may say them back", () => {
  const value = 'k&y "1"';
  const base64 = Buffer.from(value).toString("base64");
  const text = `${value} ${encodeURIComponent(value)} ${JSON.stringify(value)} ${base64} other`;
  assert.equal(maskValues(text, [value, "k&y "]), '[secret] [secret] "[secret]" [secret] other');
});

test("an answer is told by its status and type", () => {
  const told = (status: number, type: string, body: string, truncated = false) =>
    resultOf({ status, headers: { "content-type": type }, body: Buffer.from(body), truncated });
  assert.deepEqual(told(200, "application/vnd.api+json; charset=utf-8", '{ "a": 1 }'), {
    ...{ output: '{"a":1}', failed: false },
  });
  assert.deepEqual(told(204, "", ""), { output: "It is done; there was no answer beside.", failed: false });
  assert.equal(told(200, "application/octet-stream", "x").failed, true);
  assert.equal(told(200, "", "a\0b").failed, true);
  assert.match(told(503, "text/html", "y".repeat(2_000)).output, /^It failed: it answers 503: y{500}…$/);
  assert.match(told(200, "text/plain", `${"x".repeat(7_999)}😀`).output, /^x{7999}…$/);
});

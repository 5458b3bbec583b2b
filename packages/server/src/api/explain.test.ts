import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { explain, type SchemaShape } from "./explain.ts";
import { AgentCreate } from "./schemas.ts";

function sentence(body: unknown): string {
  return explain(AgentCreate as SchemaShape, body, "body", (schema, value) =>
    Value.Check(schema as never, value),
  );
}

const say = { type: "say", name: "hours", text: "We are open." };
const cases: [body: unknown, sentence: string][] = [
  [undefined, "The body must be a JSON object."],
  [[], "The body must be a JSON object."],
  ["x", "The body must be a JSON object."],
  [{}, "username is missing."],
  [
    { username: 5 },
    "username must be 1 to 64 letters, digits, dots, underscores and hyphens, at least one of them a letter.",
  ],
  [{ username: "a", welcomemessage: "" }, "welcomemessage is not a field here; did you mean welcomeMessage?"],
  [{ username: "a", colour: "red" }, "colour is not a field here."],
  [{ username: "a", ["x".repeat(5000)]: 1 }, `${"x".repeat(100)}… is not a field here.`],
  [JSON.parse('{"username":"a","__proto__":{"x":1}}'), "__proto__ is not a field here."],
  [{ username: "a", mode: "robot" }, "mode must be one of attendant, echo, pipeline, realtime."],
  [{ username: "a", callerResponseTimeout: 0 }, "callerResponseTimeout must be a number from 1 to 300."],
  [{ username: "a", callerResponseTimeout: "13" }, "callerResponseTimeout must be a number from 1 to 300."],
  [{ username: "a", waitOnAnswer: 1.5 }, "waitOnAnswer must be a whole number from 0 to 60000."],
  [{ username: "a", recording: "yes" }, "recording must be true or false."],
  [{ username: "a", maxCallDuration: 1 }, "maxCallDuration must be a whole number from 10 to 86400 or null."],
  [{ username: "a", title: "x".repeat(201) }, "title must be a text of at most 200 characters."],
  [
    { username: "a", phoneNumbers: ["+15125550100", "5125550100"] },
    "phoneNumbers[1] must be an E.164 number: + and 7 to 15 digits, such as +15125550100.",
  ],
  [
    { username: "a", phoneNumbers: "+15125550100" },
    /^phoneNumbers must be a list of at most 100 different items/,
  ] as never,
  [
    { username: "a", functions: [say, { ...say, text: 5 }] },
    "functions[1].text must be a text of 1 to 4000 characters.",
  ],
  [
    { username: "a", functions: [{ name: "x" }] },
    "functions[0].type is missing: one of say, takeMessage, sendDtmf, transfer, endCall, http, mcp.",
  ],
  [
    { username: "a", functions: [{ type: "dance" }] },
    "functions[0].type must be one of say, takeMessage, sendDtmf, transfer, endCall, http, mcp.",
  ],
  [{ username: "a", functions: [{ ...say, key: "12" }] }, "functions[0].key must be one digit, * or #."],
  [{ username: "a", functions: [{ ...say, digits: "1" }] }, "functions[0].digits is not a field here."],
  [{ username: "a", functions: [null] }, /^functions\[0\] must be/] as never,
];
for (const [body, expected] of cases as [unknown, string | RegExp][]) {
  test(`the sentence for ${JSON.stringify(body)?.slice(0, 70)}`, () => {
    if (typeof expected === "string") assert.equal(sentence(body), expected);
    else assert.match(sentence(body), expected);
  });
}

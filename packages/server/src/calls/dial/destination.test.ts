import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AppError } from "../../errors.ts";
import type { Agent } from "../../store/records.ts";
import { type Destination, parseDestination } from "./destination.ts";

const agents = new Map([
  ["sales", { id: "agt_1", organizationId: "org_1", username: "Sales" }],
  ["stranger", { id: "agt_2", organizationId: "org_2", username: "stranger" }],
]);
const scope = {
  organizationId: "org_1",
  agents: { find: (user: string) => agents.get(user.toLowerCase()) as Agent | undefined },
};
const read = (text: string): Destination => parseDestination(text, scope);

function refusal(text: string): AppError {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${text} was taken` });
}

describe("a destination", () => {
  test("is a number, an extension by either name, a SIP URI or an agent of the organization", () => {
    assert.deepEqual(read("+15125550100"), { kind: "number", number: "+15125550100" });
    for (const text of ["ext:1002", "pbx:1002", "EXT:1002"])
      assert.deepEqual(read(text), { kind: "extension", extension: "1002" });
    assert.deepEqual(read("ext:*98#"), { kind: "extension", extension: "*98#" });
    assert.deepEqual(read("SALES"), { kind: "agent", agentId: "agt_1", username: "Sales" });
    assert.deepEqual(read("sip:bob@pbx.example"), { kind: "sip", uri: "sip:bob@pbx.example" });
  });

  test("may have digits behind it, a second for each comma", () => {
    assert.deepEqual(read("+15125550100,,,,,12"), {
      ...{ kind: "number", number: "+15125550100" },
      digits: [{ waitSeconds: 5, digits: "12" }],
    });
    assert.deepEqual(read("ext:1002,1,,2#b"), {
      ...{ kind: "extension", extension: "1002" },
      digits: [
        { waitSeconds: 1, digits: "1" },
        { waitSeconds: 2, digits: "2#B" },
      ],
    });
    assert.deepEqual(read("sales,7").digits, [{ waitSeconds: 1, digits: "7" }]);
    // Commas of a SIP URI's user are the user's.
    assert.deepEqual(read("sip:a,b@pbx.example,,9"), {
      ...{ kind: "sip", uri: "sip:a,b@pbx.example" },
      digits: [{ waitSeconds: 2, digits: "9" }],
    });
    for (const text of ["+15125550100,", "+15125550100,,x", "+15125550100,1,", ",12", "sip:a@b,1;c=d"])
      assert.equal(refusal(text).code, "destination_invalid", text);
    assert.match(refusal(`+15125550100${",".repeat(121)}1`).message, /at most 64 digits.*120 seconds/);
    assert.match(refusal(`+15125550100,${"1".repeat(65)}`).message, /at most 64 digits/);
  });

  test("of a SIP URI keeps port, transport and user=phone, and nothing else that it says", () => {
    const uri = (text: string) => {
      const destination = read(text);
      return destination.kind === "sip" ? destination.uri : undefined;
    };
    assert.equal(uri("sip:bob@PBX.example:5070;transport=TCP"), "sip:bob@pbx.example:5070;transport=TCP");
    assert.equal(
      uri("sip:+15125550100@[2001:db8::1];user=phone"),
      "sip:+15125550100@[2001:db8::1];user=phone",
    );
    assert.equal(uri("sip:a%20b@pbx.example"), "sip:a%20b@pbx.example");
    for (const [text, sentence] of [
      ["sip:pbx.example", /names nobody/],
      ["sip:bob:secret@pbx.example", /password/],
      ["sip:bob@pbx.example?Subject=x", /header fields/],
      ["sip:bob@pbx.example?Route=%3Csip:evil%3E", /header fields/],
      ["sip:bob@pbx.example;maddr=192.0.2.1", /parameter "maddr"/],
      ["sip:bob@pbx.example;transport=ws", /parameter "transport"/],
      ["sip:bob%0d%0aVia:x@pbx.example", /cannot be dialled/],
      ["sip:bob@pbx.example>;tag=1", /cannot be read from character 20/],
      ["sip:bob@a@b", /cannot be read/],
      ["sip:bob@", /cannot be read/],
      ["sips:bob@pbx.example", /transport=tls/],
    ] as const)
      assert.match(refusal(text).message, sentence, text);
  });

  test("that means nothing is refused with how to write it", () => {
    for (const [text, sentence] of [
      ["", /1 to 256 characters/],
      ["+".padEnd(300, "1"), /1 to 256 characters/],
      ["+15125550100\r\nVia: x", /no control characters/],
      ["+0123456789", /no number in E.164 form/],
      ["+1 512 555 0100", /no number in E.164 form/],
      ["15125550100", /its plus and country code.*ext:15125550100/],
      ["(512) 555-0100", /its plus and country code/],
      ["ext:", /is no extension/],
      ["ext:10 02", /is no extension/],
      ["ext:1002@pbx.example", /is no extension/],
      ["stranger", /no agent of this organization/],
      ["nobody", /no agent of this organization/],
      ["tel:+15125550100", /no agent of this organization/],
    ] as const) {
      const error = refusal(text);
      assert.equal(error.code, "destination_invalid", text);
      assert.match(error.message, sentence, text);
    }
    for (const text of ["911", "112", "999"]) {
      assert.equal(refusal(text).code, "destination_not_allowed", text);
      assert.match(refusal(text).message, /is an emergency number/);
    }
  });

  test("never lets through what could end a line or leave its place, and never fails otherwise", () => {
    const pieces = fc.constantFrom(
      ...["+", "1", "512", "ext:", "pbx:", "sip:", "a", "@", "b.example", ",", ";", "?", "=", ":", "<", ">"],
      ...['"', " ", "\r\n", "%0d", "%0a", "%00", "[", "]", "transport", "tcp", "é", "#", "*", "sales"],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        try {
          const destination = read(parts.join(""));
          const text = destination.kind === "sip" ? destination.uri : JSON.stringify(destination);
          assert.doesNotMatch(text, /[\r\n]/);
          if (destination.kind === "sip") assert.doesNotMatch(text, /[\s<>"?]|%0[adAD]/);
        } catch (error) {
          assert.ok(error instanceof AppError, String(error));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

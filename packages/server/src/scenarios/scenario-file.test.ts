import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../errors.ts";
import { parseScenarios } from "./scenario-file.ts";

const fault = (text: string): string => {
  try {
    parseScenarios("agent.yaml", text);
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === "validation_failed");
    return error.message;
  }
  return "none";
};

const withTurn = (turn: string) => `agent: sales
scenarios:
  - name: one
    turns:
      - ${turn}
`;

describe("a file of scenarios", () => {
  test("has an agent, and turns with their lines", () => {
    const { agent, scenarios } = parseScenarios(
      "agent.yaml",
      `agent:
  welcomeMessage: Hello.
scenarios:
  - name: greets
    from: "+15125550100"
    turns:
      - greeting: true
      - caller: Hi
        expect: { says: [a, b], calls: null }
`,
    );
    assert.deepEqual(agent, { welcomeMessage: "Hello." });
    assert.deepEqual(scenarios, [
      {
        ...{ name: "greets", from: "+15125550100" },
        turns: [
          { caller: undefined, expect: {}, line: 7 },
          { caller: "Hi", expect: { says: ["a", "b"], calls: null }, line: 8 },
        ],
      },
    ]);
  });

  test("that is wrong is refused with the line and what is meant", () => {
    for (const [text, message] of [
      ["", /^agent\.yaml:1: The file must be/],
      [withTurn("caller: [a"), /^agent\.yaml:6: /],
      [
        withTurn("{ caller: a, expect: { say: b } }"),
        /:5: .*expect\.say is not a field here; did you mean says\?$/,
      ],
      [
        withTurn("{ caller: a, expect: { outcome: over } }"),
        /:5: .*outcome must be one of open, transferred, ended\.$/,
      ],
      [withTurn("{ caller: a, greeting: true }"), /:5: a turn has what the caller says/],
      [withTurn("expect: { says: a }"), /:5: a turn has what the caller says/],
      [`${withTurn("caller: a")}      - greeting: true\n`, /:6: only the first turn/],
      [withTurn('{ caller: a, expect: { matches: "(" } }'), /:5: "\(" is no regular expression/],
      [
        `agent: { agentInstruction: x }\nscenarios: [{ name: a, turns: [{ caller: b }] }]`,
        /:1: agent\.agentInstruction is not a field here; did you mean agentInstructions\?$/,
      ],
      [`a: &a [1]\nb: [*a, *a]\nagent: x\nscenarios: []`, /:1: /],
    ] as const) {
      assert.match(fault(text), message);
    }
  });
});

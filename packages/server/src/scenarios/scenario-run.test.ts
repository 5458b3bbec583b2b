import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ChatEnd, ChatEvent, ChatMessage } from "@ringdown/voice";
import type { Expectation, Scenario } from "./scenario-file.ts";
import { runScenario, type ScenarioPartner } from "./scenario-run.ts";

interface Reply {
  events?: ChatEvent[];
  outcome?: ChatEnd["outcome"];
  error?: Error;
}

const says = (text: string): ChatEvent => ({ type: "text", text });
const runs = (name: string, args: object, output = "done"): ChatEvent[] => [
  { type: "function", id: name, name, arguments: JSON.stringify(args) },
  { type: "functionResult", id: name, name, output, failed: false, ms: 1 },
];

function partnerOf(replies: Reply[], verdict = { holds: true, reason: "it does" }) {
  const asked: (readonly ChatMessage[])[] = [];
  const judged: string[] = [];
  const partner: ScenarioPartner = {
    turn: async (messages, _context, onEvent) => {
      asked.push(messages);
      const { events = [], outcome = "open", error } = replies.shift() ?? {};
      for (const event of events) onEvent(event);
      if (error !== undefined) throw error;
      return { outcome, usage: { promptTokens: 10, completionTokens: 5 } };
    },
    judge: async (talk, claim) => {
      judged.push(`${claim}|${talk}`);
      return verdict;
    },
  };
  return { partner, asked, judged };
}

const scenario = (...turns: [caller: string | undefined, expect: Expectation][]): Scenario => ({
  name: "a scenario",
  turns: turns.map(([caller, expect], index) => ({ caller, expect, line: index + 1 })),
});

describe("a scenario", () => {
  test("hands each turn all that was said and run before", async () => {
    const { partner, asked } = partnerOf([
      { events: [says("Good "), says("day.")] },
      { events: [...runs("hours", { day: "Monday" }, "nine to five"), says("From nine.")] },
      { outcome: "ended" },
    ]);
    const result = await runScenario(
      scenario(
        [undefined, { says: "good day" }],
        ["When?", { calls: "hours" }],
        ["Bye", { outcome: "ended" }],
      ),
      partner,
    );
    assert.deepEqual(result.failures, []);
    assert.deepEqual(asked[2], [
      { role: "agent", content: "Good day." },
      { role: "user", content: "When?" },
      { role: "function", name: "hours", arguments: '{"day":"Monday"}', output: "nine to five" },
      { role: "agent", content: "From nine." },
      { role: "user", content: "Bye" },
    ]);
    assert.deepEqual(result.usage, { promptTokens: 30, completionTokens: 15 });
    assert.deepEqual(result.talk.slice(0, 3), [
      "Agent: Good day.",
      "Caller: When?",
      '[hours {"day":"Monday"} → nine to five]',
    ]);
  });

  test("fails by what is said, not said, called and become of the call", async () => {
    const answer: Reply = {
      events: [...runs("book", { day: "Monday", at: { hour: 9 } }), says("It is 9 o'clock.")],
    };
    for (const [expect, failure] of [
      [{ says: ["9 O'CLOCK", "it is"] }, undefined],
      [{ says: "ten" }, 'the agent does not say "ten"'],
      [{ saysNot: "O'clock" }, `the agent says "O'clock"`],
      [{ matches: "\\b\\d o" }, undefined],
      [{ matches: "^\\d" }, 'what the agent says does not match "^\\\\d"'],
      [{ calls: null }, 'no function was to be called, but "book" was'],
      [{ calls: ["book", { name: "BOOK", arguments: { day: "monday", at: { hour: 9 } } }] }, undefined],
      [{ calls: "cancel" }, '"cancel" was not called; "book" was'],
      [
        { calls: { name: "book", arguments: { at: { hour: 10 } } } },
        '"book" was called with {"day":"Monday","at":{"hour":9}}, not with {"at":{"hour":10}}',
      ],
      [{ outcome: "ended" }, "the call is open, not ended"],
    ] as [Expectation, string | undefined][]) {
      const { failures } = await runScenario(
        scenario(["When?", expect]),
        partnerOf([structuredClone(answer)]).partner,
      );
      assert.deepEqual(
        failures.map(({ what }) => what),
        failure === undefined ? [] : [failure],
      );
    }
  });

  test("asks the judge last, and ends at the first turn that fails", async () => {
    const strict = partnerOf([{ events: [says("No.")] }], { holds: false, reason: "it is rude" });
    const turns = scenario(["Please?", { judge: "It is polite" }], ["Sure?", {}]);
    assert.deepEqual((await runScenario(turns, strict.partner)).failures, [
      { line: 1, what: '"It is polite" does not hold: it is rude' },
    ]);
    assert.deepEqual(strict.judged, ["It is polite|Caller: Please?\nAgent: No."]);
    assert.equal(strict.asked.length, 1);
    const simple = partnerOf([{ events: [says("No.")] }]);
    await runScenario(scenario(["Please?", { judge: "It is polite", says: "yes" }]), simple.partner);
    assert.deepEqual(simple.judged, []);
  });

  test("fails where the provider does, and where a caller talks on after the end", async () => {
    const broken = partnerOf([{ error: new Error("the quota is used up") }]);
    assert.deepEqual((await runScenario(scenario(["Hi", {}]), broken.partner)).failures, [
      { line: 1, what: "the quota is used up" },
    ]);
    const over = partnerOf([{ outcome: "transferred" }]);
    assert.deepEqual((await runScenario(scenario(["Hi", {}], ["Still there?", {}]), over.partner)).failures, [
      { line: 2, what: "the caller says something, but the call is transferred" },
    ]);
  });
});

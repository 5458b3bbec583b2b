import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessageSummary } from "./message-summary.ts";

const cases: [string, ReturnType<typeof parseMessageSummary>][] = [
  [
    "Messages-Waiting: yes\r\nMessage-Account: sip:1001@pbx.example\r\nVoice-Message: 2/8 (0/2)\r\n",
    { waiting: true, newMessages: 2, oldMessages: 8 },
  ],
  ["messages-waiting:NO\n", { waiting: false, newMessages: null, oldMessages: null }],
  ["Messages-Waiting: no\r\nVoice-Message: 0/0\r\n", { waiting: false, newMessages: 0, oldMessages: 0 }],
  [
    "Messages-Waiting: yes\r\nVoice-Message: many\r\n",
    { waiting: true, newMessages: null, oldMessages: null },
  ],
  ["Messages-Waiting: perhaps\r\n", undefined],
  ["", undefined],
  ["\u0000\ufffd", undefined],
  [`${"x".repeat(5_000)}\r\nMessages-Waiting: yes\r\n`, undefined],
];
for (const [body, summary] of cases) {
  test(`${JSON.stringify(body.slice(0, 60))} is read`, () =>
    assert.deepEqual(parseMessageSummary(Buffer.from(body)), summary));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CapturedMessage } from "../api/types.ts";
import { ladderOf } from "./ladder.ts";

const message = (ms: number, direction: "in" | "out", other: string, line: string): CapturedMessage => ({
  ...{
    at: new Date(1_000_000_000_000 + ms).toISOString(),
    direction,
    transport: "udp",
    transaction: null,
    line,
  },
  ...(direction === "in"
    ? { source: other, destination: "192.0.2.1:5060" }
    : { source: "192.0.2.1:5060", destination: other }),
  message: `${line}\r\n\r\n`,
});

test("two sides and us between them; repetitions; what is what", () => {
  const ladder = ladderOf([
    message(0, "in", "192.0.2.9:5060", "INVITE sip:a SIP/2.0"),
    message(5, "out", "192.0.2.9:5060", "SIP/2.0 180 Ringing"),
    message(9, "out", "[2001:db8::2]:5060", "INVITE sip:b SIP/2.0"),
    message(20, "in", "[2001:db8::2]:5090", "SIP/2.0 486 Busy Here"),
    message(30, "out", "192.0.2.9:5060", "SIP/2.0 200 OK"),
    message(530, "out", "192.0.2.9:5060", "SIP/2.0 200 OK"),
    message(600, "in", "192.0.2.9:5060", "odd"),
  ]);
  assert.deepEqual(ladder.hosts, ["192.0.2.9", "Ringdown", "[2001:db8::2]"]);
  assert.deepEqual(
    ladder.arrows.map(({ from, to, label, kind, after, isRepeated }) => [
      from,
      to,
      label,
      kind,
      after,
      isRepeated,
    ]),
    [
      [0, 1, "INVITE", "request", 0, false],
      [1, 0, "180 Ringing", "progress", 5, false],
      [1, 2, "INVITE", "request", 9, false],
      [2, 1, "486 Busy Here", "failure", 20, false],
      [1, 0, "200 OK", "success", 30, false],
      [1, 0, "200 OK", "success", 530, true],
      [0, 1, "odd", "other", 600, false],
    ],
  );
});

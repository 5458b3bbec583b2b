import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type FramedOutput, type FramerLimits, StreamFramer } from "./stream-framer.ts";

const folder = new URL("../../testdata/messages/", import.meta.url);
const messages = readdirSync(folder)
  .filter((name) => name.endsWith(".sip"))
  .map((name) => readFileSync(new URL(name, folder)));

/** Feeds `bytes` in pieces that end at the given places; texts of what came out. */
function feed(bytes: Buffer, cuts: number[] = [], limits: Partial<FramerLimits> = {}): string[] {
  const framer = new StreamFramer(limits);
  const outputs: FramedOutput[] = [];
  let start = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    // A copy that is wiped afterwards shows outputs that still look at memory which is not theirs.
    outputs.push(...framer.push(Buffer.from(bytes.subarray(start, cut))));
    start = cut;
  }
  return outputs.map(show);
}

function show(output: FramedOutput): string {
  if (output.type === "message") return output.bytes.toString("latin1");
  return output.type === "error" ? `error ${output.code}` : "ping";
}

const all = Buffer.concat(messages);
const expected = messages.map((bytes) => bytes.toString("latin1"));
const everyByte = (bytes: Buffer) => Array.from({ length: bytes.length }, (_, i) => i);

describe("StreamFramer", () => {
  it("cuts a stream into its messages, in one piece and byte by byte", () => {
    assert.deepEqual(feed(all), expected);
    assert.deepEqual(feed(all, everyByte(all)), expected);
  });

  it("cuts the same however the chunks fall", () => {
    const ping = Buffer.from("\r\n\r\n");
    const stream = Buffer.concat([ping, ...messages.flatMap((bytes) => [bytes, ping])]);
    const whole = feed(stream);
    assert.equal(whole.filter((text) => text === "ping").length, messages.length + 1);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 30 }), (cuts) => {
        assert.deepEqual(feed(stream, cuts), whole);
      }),
      { numRuns: 300 },
    );
  });

  it("answers CRLF CRLF between messages, and lets a single CRLF pass (RFC 5626 §4.4.1)", () => {
    assert.deepEqual(feed(Buffer.from("\r\n\r\n")), ["ping"]);
    assert.deepEqual(feed(Buffer.from("\r\n\r\n"), [1, 2, 3]), ["ping"]);
    assert.deepEqual(feed(Buffer.from("\r\n")), []);
    assert.deepEqual(feed(Buffer.from("\r\n\r\n\r\n\r\n\r\n")), ["ping", "ping"]);
    const framer = new StreamFramer();
    framer.push(Buffer.from("\r\n"));
    assert.equal(framer.pending, false);
    framer.push(Buffer.from("\r"));
    assert.equal(framer.pending, true);
  });

  it("reads Content-Length in any spelling, folded, repeated alike", () => {
    const head = "INFO sip:a@b SIP/2.0\r\n";
    for (const line of [
      "Content-Length: 3",
      "l:3",
      "L : 3",
      "CONTENT-LENGTH:\r\n 3",
      "l: 3\r\nContent-Length: 3",
      "l: 003",
    ]) {
      const bytes = Buffer.from(`${head}Contact: x\r\n${line}\r\nLast: y\r\n\r\nabc`);
      assert.deepEqual(feed(bytes), [bytes.toString()], line);
    }
  });

  it("gives a stream up that it cannot cut, and says nothing more", () => {
    const head = "INFO sip:a@b SIP/2.0\r\n";
    const cases: [string, string][] = [
      ["X: y", "missing_content_length"],
      ["Content-Length: x", "malformed_content_length"],
      ["Content-Length: -1", "malformed_content_length"],
      ["Content-Length: ", "malformed_content_length"],
      ["l: 1\r\nContent-Length: 2", "malformed_content_length"],
      ["Content-Length: 70000", "body_too_large"],
      ["Content-Length: 99999999999999999999", "malformed_content_length"],
    ];
    for (const [line, code] of cases) {
      const bytes = Buffer.from(`${head}${line}\r\n\r\n`);
      assert.deepEqual(feed(Buffer.concat([bytes, all])), [`error ${code}`], line);
      assert.deepEqual(feed(Buffer.concat([bytes, all]), everyByte(bytes)), [`error ${code}`], line);
    }
    const framer = new StreamFramer();
    const [output] = framer.push(Buffer.from(`${head}X: y\r\n\r\nrest`));
    assert.ok(output?.type === "error");
    assert.equal(output.head?.toString(), `${head}X: y\r\n\r\n`);
    assert.deepEqual(framer.push(all), []);
    assert.equal(framer.pending, false);
  });

  it("cuts off a header that never ends, at its bound", () => {
    const framer = new StreamFramer({ headerBytes: 1_000 });
    for (let sent = 0; sent < 1_000; sent += 10) assert.deepEqual(framer.push(Buffer.from("X: abcdefg")), []);
    assert.deepEqual(framer.push(Buffer.from("X")).map(show), ["error header_too_large"]);
    const whole = Buffer.from(`INFO sip:a@b SIP/2.0\r\nX: ${"y".repeat(2_000)}\r\nl: 0\r\n\r\n`);
    assert.deepEqual(feed(whole, [], { headerBytes: 1_000 }), ["error header_too_large"]);
  });

  it("gives out messages that later chunks cannot change", () => {
    const framer = new StreamFramer();
    const [first, second] = [messages[0], messages[1]];
    assert.ok(first && second);
    framer.push(first.subarray(0, 10));
    const [output] = framer.push(Buffer.concat([first.subarray(10), second.subarray(0, 50)]));
    assert.ok(output?.type === "message");
    framer.push(second.subarray(50));
    framer.push(Buffer.concat(messages));
    assert.ok(output.bytes.equals(first));
  });
});

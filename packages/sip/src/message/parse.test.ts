import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SipParseError } from "../errors.ts";
import { createRequest, createResponse } from "./create.ts";
import {
  callId,
  contacts,
  contentLength,
  cseq,
  from,
  maxForwards,
  type SipMessage,
  to,
  topVia,
  vias,
} from "./message.ts";
import { parseMessage } from "./parse.ts";
import { serialiseMessage } from "./serialise.ts";
import { isSipUri } from "./uri.ts";

const folder = new URL("../../testdata/messages/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".sip"));
const read = (name: string) => readFileSync(new URL(name, folder));

const base = [
  "INVITE sip:demo@127.0.0.1 SIP/2.0",
  "Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-1",
  "Max-Forwards: 70",
  "From: <sip:+12025550123@127.0.0.1>;tag=1",
  "To: <sip:demo@127.0.0.1>",
  "Call-ID: abc",
  "CSeq: 1 INVITE",
];
/** The base request with lines replaced (by their beginning), taken out ("") or added. */
function message(changes: Record<string, string> = {}, added: string[] = [], body = ""): Buffer {
  const lines = base.map((line) => {
    const key = Object.keys(changes).find((start) => line.startsWith(start));
    return key === undefined ? line : (changes[key] ?? "");
  });
  return Buffer.from(`${[...lines.filter((line) => line !== ""), ...added].join("\r\n")}\r\n\r\n${body}`);
}

function refusal(bytes: Buffer, options?: Parameters<typeof parseMessage>[1]): SipParseError {
  try {
    parseMessage(bytes, options);
  } catch (error) {
    assert.ok(error instanceof SipParseError, String(error));
    return error;
  }
  return assert.fail(`parsed: ${bytes.toString("latin1", 0, 300)}`);
}

function picture(m: SipMessage): unknown {
  return { ...m, headers: [...m.headers.entries()] };
}

describe("parseMessage on real-looking messages", () => {
  for (const name of files) {
    it(`${name}: what is written is read as the same`, () => {
      const bytes = read(name);
      const first = parseMessage(bytes);
      const second = parseMessage(serialiseMessage(first));
      assert.deepEqual(picture(second), picture(first));
      vias(first);
      contacts(first);
      assert.equal(contentLength(first), first.body.length);
    });
  }

  it("reads a folded, oddly spaced request", () => {
    const bye = parseMessage(read("bye-folded.sip"));
    assert.ok(bye.kind === "request" && bye.method === "BYE" && isSipUri(bye.uri) && bye.uri.user === "demo");
    assert.equal(topVia(bye).params.get("branch"), "z9hG4bKfold");
    assert.equal(from(bye).displayName, "Alice Example");
    assert.equal(to(bye).params.get("tag"), "8f2a11");
    assert.deepEqual(cseq(bye), { seq: 103, method: "BYE" });
    assert.equal(maxForwards(bye), 70);
    assert.equal(bye.headers.get("Reason"), 'Q.850;cause=16;text="Normal call clearing"');
  });

  it("leaves the bytes of a body alone, and reads UTF-8 names", () => {
    const info = parseMessage(read("info-binary-body.sip"));
    assert.deepEqual(
      [...info.body.subarray(0, 256)],
      Array.from({ length: 256 }, (_, i) => i),
    );
    assert.equal(info.body.length, 262);
    assert.equal(from(info).displayName, "Žluťoučký kůň 📞");
    const sent = serialiseMessage(info);
    assert.ok(sent.includes(Buffer.from('"Žluťoučký kůň 📞"')));
    assert.ok(sent.subarray(-262).equals(info.body));
  });

  it("reads compact forms, stars, lists and responses", () => {
    const compact = parseMessage(read("invite-compact.sip"));
    assert.equal(callId(compact), "0ha0isndaksdj@10.0.0.1");
    assert.deepEqual(compact.headers.list("Supported"), ["100rel", "timer"]);
    assert.ok(serialiseMessage(compact).includes("\r\nSubject: lunch\r\n"));
    assert.equal(contacts(parseMessage(read("register-star.sip"))), "*");
    assert.equal(contacts(parseMessage(read("register-ipv6-tcp.sip"))).length, 2);
    assert.equal(vias(parseMessage(read("invite-two-proxies.sip"))).length, 3);
    const ok = parseMessage(read("response-200-invite.sip"));
    assert.ok(ok.kind === "response" && ok.status === 200 && ok.reason === "OK");
    assert.equal(ok.headers.list("Record-Route").length, 2);
    assert.equal(parseMessage(read("message-unknown-headers.sip")).headers.get("X-EMPTY"), "");
  });
});

describe("parseMessage", () => {
  it("takes a status line without a reason, lower-case versions, empty lines before the start", () => {
    for (const [line, reason] of [
      ["SIP/2.0 200 OK", "OK"],
      ["SIP/2.0 200 ", ""],
      ["SIP/2.0 200", ""],
      ["sip/2.0 200 Все хорошо", "Все хорошо"],
    ] as const) {
      const parsed = parseMessage(message({ INVITE: line }));
      assert.ok(parsed.kind === "response");
      assert.equal(parsed.reason, reason);
    }
    assert.equal(parseMessage(message({ INVITE: "INVITE sip:a@b sip/2.0" })).kind, "request");
    assert.equal(parseMessage(Buffer.concat([Buffer.from("\r\n\r\n"), message()])).kind, "request");
  });

  it("ends the body by Content-Length, else by the datagram (RFC 3261 §18.3)", () => {
    assert.equal(parseMessage(message({}, ["Content-Length: 4"], "1234more")).body.toString(), "1234");
    assert.equal(parseMessage(message({}, [], "1234more")).body.toString(), "1234more");
    assert.equal(parseMessage(message({}, ["l: 4", "Content-Length: 4"], "1234")).body.length, 4);
    assert.equal(parseMessage(message({}, ["Content-Length: 0004"], "1234")).body.length, 4);
    const short = refusal(message({}, ["Content-Length: 5"], "1234"));
    assert.deepEqual([short.code, short.status], ["content_length_mismatch", 400]);
    assert.equal(refusal(message({}, ["l: 4", "l: 3"], "1234")).code, "duplicate_header");
    for (const value of ["-1", "1e3", "0x4", "", "4 4", "99999999999999999999", "+4"]) {
      assert.equal(
        refusal(message({}, [`Content-Length: ${value}`], "1234")).code,
        "malformed_header",
        value,
      );
    }
  });

  it("refuses start lines that are none, and tells another version apart", () => {
    for (const line of [
      "INVITE",
      "INVITE sip:a@b",
      "INVITE  sip:a@b SIP/2.0",
      "INVITE sip:a@b  SIP/2.0",
      "INVITE sip:a@b SIP/2.0 ",
      "INVITE <sip:a@b> SIP/2.0",
      "INVITE sip:a@b; lr SIP/2.0",
      "IN VITE sip:a@b SIP/2.0",
      "INV@TE sip:a@b SIP/2.0",
      " INVITE sip:a@b SIP/2.0",
      "GET / HTTP/1.1",
      "SIP/2.0 99 Low",
      "SIP/2.0 700 High",
      "SIP/2.0 4294967301 better not break",
      "SIP/2.0 200OK",
      "SIP/2.0  200 OK",
      "SIP/2.0",
      "SIP/x 200 OK",
    ]) {
      const { code } = refusal(message({ INVITE: line }));
      assert.ok(code === "malformed_start_line" || code === "malformed_uri", `${line}: ${code}`);
    }
    const version = refusal(
      message({ INVITE: "INVITE sip:a@b SIP/7.0", Via: "Via: SIP/7.0/UDP h:5060;branch=z9hG4bK1" }),
    );
    assert.deepEqual([version.code, version.status], ["unsupported_version", 505]);
    assert.equal(version.partial && topVia(version.partial).host, "h");
  });

  it("refuses a request that lacks a mandatory header or has one twice", () => {
    for (const name of ["Via", "From", "To", "Call-ID", "CSeq"]) {
      const error = refusal(message({ [name]: "" }));
      assert.deepEqual([error.code, error.header, error.status], ["missing_header", name, 400]);
      assert.equal(error.partial === undefined, name === "Via");
    }
    for (const line of ["From: <sip:x@y>", "t: <sip:x@y>", "i: abc", "CSeq: 1 INVITE", "Max-Forwards: 70"]) {
      assert.equal(refusal(message({}, [line])).code, "duplicate_header", line);
    }
    assert.equal(parseMessage(message({}, ["Via: SIP/2.0/UDP other", "Contact: <sip:a@b>"])).kind, "request");
  });

  it("refuses broken values of the headers that every message is checked for", () => {
    const wrong: [string, string][] = [
      ["Via", "Via: SIP/2.0/UDP 192.0.2.15;;,;,,"],
      ["From", 'From: "open <sip:a@b>'],
      ["From", "From: <sip:a@b>;tag=1;tag=2"],
      ["To", "To: "],
      ["Call-ID", "Call-ID: "],
      ["Call-ID", "Call-ID: a b"],
      ["CSeq", "CSeq: INVITE"],
      ["CSeq", "CSeq: 1"],
      ["CSeq", "CSeq: 1INVITE"],
      ["CSeq", "CSeq: 2147483648 INVITE"],
      ["CSeq", "CSeq: -1 INVITE"],
      ["CSeq", "CSeq: 1 INV ITE"],
      ["Max-Forwards", "Max-Forwards: 256"],
      ["Max-Forwards", "Max-Forwards: x"],
    ];
    for (const [name, line] of wrong) {
      const error = refusal(message({ [name]: line }));
      assert.equal(error.status, 400, line);
      assert.equal(error.header, name, line);
    }
    assert.equal(refusal(message({ CSeq: "CSeq: 1 ACK" })).code, "cseq_method_mismatch");
    assert.equal(
      refusal(message({ CSeq: "CSeq: 1 invite" })).code,
      "cseq_method_mismatch",
      "methods have case",
    );
    const placed = refusal(message({ From: "From: <sip:a@b:0>" }));
    assert.deepEqual([placed.code, placed.header, placed.position], ["malformed_uri", "From", 9]);
  });

  it("refuses header lines that are none, and every CR or LF on its own", () => {
    for (const line of ["no colon", ": no name", "na me: x", "näme: x", " folded first"]) {
      const error = refusal(message({ Via: `${line}\r\nVia: SIP/2.0/UDP a` }));
      assert.ok(error.code === "malformed_header_line" || error.code === "malformed_start_line", line);
    }
    for (const evil of ["a\rEvil: 1", "a\nEvil: 1", "a\n\rEvil: 1", "a\r", "\n"]) {
      assert.equal(
        refusal(message({}, [`Subject: ${evil}`])).code,
        "malformed_header_line",
        JSON.stringify(evil),
      );
    }
    assert.equal(refusal(Buffer.from(base.join("\n").concat("\n\n"))).code, "unterminated_header");
    assert.equal(refusal(Buffer.from(`${base.join("\r\n")}\r\n`)).code, "unterminated_header");
    assert.equal(refusal(Buffer.alloc(0)).code, "unterminated_header");
    assert.equal(refusal(Buffer.from("\r\n\r\n")).code, "unterminated_header");
  });

  it("holds its limits", () => {
    const long = "x".repeat(9_000);
    assert.equal(refusal(message({}, [`Subject: ${long}`])).code, "header_too_large");
    assert.equal(refusal(message({}, Array(300).fill("X: y"))).code, "too_many_headers");
    assert.equal(refusal(message({}, Array(20).fill(`X: ${"y".repeat(2_000)}`))).code, "header_too_large");
    assert.equal(refusal(message({ INVITE: `INVITE sip:${long}@b SIP/2.0` })).code, "header_too_large");
    const large = refusal(message({}, [], "x".repeat(66_000)));
    assert.deepEqual([large.code, large.status], ["message_too_large", 513]);
    assert.ok(large.partial, "513 can be answered");
    assert.equal(refusal(message(), { limits: { headers: 5 } }).code, "too_many_headers");
  });

  it("reads Latin-1 from old devices as the characters they meant", () => {
    const bytes = Buffer.from(message({ From: 'From: "Müller" <sip:a@b>;tag=1' }).toString("utf8"), "latin1");
    assert.equal(from(parseMessage(bytes)).displayName, "Müller");
  });
});

describe("a parsed message that is changed", () => {
  const changed = (change: (headers: SipMessage["headers"]) => void): string => {
    const parsed = parseMessage(message({}, ["Via: SIP/2.0/UDP second", "Contact: <sip:a@b>"]));
    change(parsed.headers);
    return serialiseMessage(parsed).toString().split("\r\n").slice(1, -2).join("\n");
  };
  const [via, maxForwardsLine, fromLine, toLine, callIdLine, cseqLine] = base.slice(1);
  const rest = [maxForwardsLine, fromLine, toLine, callIdLine, cseqLine];
  const last = "Content-Length: 0";

  it("goes out with the change, and every other line as it came", () => {
    assert.equal(
      changed((headers) => headers.replaceFirst("Via", "new")),
      ["Via: new", ...rest, "Via: SIP/2.0/UDP second", "Contact: <sip:a@b>", last].join("\n"),
    );
    assert.equal(
      changed((headers) => headers.set("Via", "new")),
      ["Via: new", ...rest, "Contact: <sip:a@b>", last].join("\n"),
    );
    assert.equal(
      changed((headers) => headers.prepend("Via", "new")),
      ["Via: new", via, ...rest, "Via: SIP/2.0/UDP second", "Contact: <sip:a@b>", last].join("\n"),
    );
    assert.equal(
      changed((headers) => {
        headers.delete("v");
        headers.append("m", "<sip:c@d>");
      }),
      [...rest, "Contact: <sip:a@b>", "Contact: <sip:c@d>", last].join("\n"),
    );
  });
});

describe("partial", () => {
  it("is enough for a 400 that finds its way back", () => {
    const error = refusal(message({ CSeq: "CSeq: 1 ACK", "Max-Forwards": "Timestamp: 5" }, ["Subject: x"]));
    assert.ok(error.partial);
    const response = createResponse(error.partial, 400, undefined, { toTag: "t1" });
    assert.deepEqual(
      [...parseMessage(serialiseMessage(response)).headers.entries()],
      [
        ["Via", "SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-1"],
        ["From", "<sip:+12025550123@127.0.0.1>;tag=1"],
        ["To", "<sip:demo@127.0.0.1>;tag=t1"],
        ["Call-ID", "abc"],
        ["CSeq", "1 ACK"],
        ["Content-Length", "0"],
      ],
    );
  });

  it("is not given for responses, for no SIP at all, and without a Via that can be read", () => {
    assert.equal(refusal(message({ INVITE: "SIP/2.0 200 OK", From: "" })).partial, undefined);
    assert.equal(refusal(Buffer.from("GET / HTTP/1.1\r\nVia: SIP/2.0/UDP a\r\n\r\n")).partial, undefined);
    assert.equal(refusal(message({ Via: "Via: nonsense" })).partial, undefined);
    assert.equal(refusal(message({ Via: "" })).partial, undefined);
  });

  it("never copies a line break out of a broken message", () => {
    const error = refusal(message({ To: "To: <sip:a@b>\rEvil: 1\nEvil: 2" }));
    assert.ok(error.partial);
    const text = serialiseMessage(createResponse(error.partial, 400)).toString();
    assert.ok(
      text.split("\r\n").every((line) => !line.startsWith("Evil") && !/[\r\n]/.test(line)),
      text,
    );
  });
});

describe("hostile input", () => {
  const seeds = files.map(read);

  it("whatever bytes come, nothing but a SipParseError comes out", () => {
    const edit = fc.record({
      kind: fc.constantFrom("set", "insert", "delete", "copy", "cut"),
      at: fc.nat({ max: 3_000 }),
      length: fc.nat({ max: 40 }),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 8 }),
        fc
          .constantFrom(
            "\r\n",
            "\r",
            "\n",
            "\0",
            ":",
            ";",
            ",",
            '"',
            "<",
            ">",
            "\\",
            "%",
            "@",
            "[",
            "\r\n\r\n",
            " ",
            "é",
          )
          .map((text) => new Uint8Array(Buffer.from(text))),
      ),
    });
    fc.assert(
      fc.property(
        fc.nat({ max: seeds.length - 1 }),
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        (seed, edits) => {
          let bytes = Buffer.from(seeds[seed] ?? "");
          for (const { kind, at, length, bytes: put } of edits) {
            const start = at % (bytes.length + 1);
            const before = bytes.subarray(0, start);
            if (kind === "cut") bytes = Buffer.from(before);
            else if (kind === "delete") bytes = Buffer.concat([before, bytes.subarray(start + length)]);
            else if (kind === "copy")
              bytes = Buffer.concat([
                before,
                bytes.subarray(at % 200, (at % 200) + length),
                bytes.subarray(start),
              ]);
            else
              bytes = Buffer.concat([before, put, bytes.subarray(start + (kind === "set" ? put.length : 0))]);
          }
          tryAll(bytes);
        },
      ),
      { numRuns: 4_000 },
    );
  });

  it("survives noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => tryAll(Buffer.from(noise))),
      { numRuns: 500 },
    );
  });
});

/** Parses, asks every typed reader, answers, writes and reads again. */
function tryAll(bytes: Buffer): void {
  let parsed: SipMessage;
  try {
    parsed = parseMessage(bytes);
  } catch (error) {
    assert.ok(error instanceof SipParseError, String(error));
    if (error.partial) onlyOurLines(serialiseMessage(createResponse(error.partial, error.status)));
    return;
  }
  for (const reader of [vias, contacts]) {
    try {
      reader(parsed);
    } catch (error) {
      assert.ok(error instanceof SipParseError, String(error));
    }
  }
  // Checked by the parser: these do not throw any more.
  for (const reader of [topVia, from, to, callId, cseq, maxForwards]) reader(parsed);
  const again = parseMessage(serialiseMessage(parsed));
  assert.deepEqual(withoutLength(again), withoutLength(parsed));
  if (parsed.kind === "request") {
    const response = createResponse(parsed, 200, undefined, { toTag: "x1" });
    assert.equal(parseMessage(serialiseMessage(response)).kind, "response");
  }
}

function onlyOurLines(bytes: Buffer): void {
  const allowed = /^(SIP\/2\.0 |Via: |From: |To: |Call-ID: |CSeq: |Record-Route: |Content-Length: |$)/;
  for (const line of bytes.toString("utf8").split(/\r\n|\r|\n/)) assert.match(line, allowed);
}

function withoutLength(m: SipMessage): unknown {
  return { ...m, headers: [...m.headers.entries()].filter(([name]) => name !== "Content-Length") };
}

describe("serialiseMessage and parseMessage", () => {
  it("agree for any request and response that is made here", () => {
    const text = fc.string({ unit: "binary", maxLength: 30 }).filter((value) => !/[\r\n]/.test(value));
    const name = fc.stringMatching(/^X-[A-Za-z]{1,8}$/);
    const made = fc.record({
      headers: fc.array(
        fc.tuple(
          name,
          text.map((value) => value.trim()),
        ),
        { maxLength: 5 },
      ),
      body: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      cseq: fc.nat({ max: 0x7fff_ffff }),
    });
    fc.assert(
      fc.property(made, (options) => {
        const request = createRequest("OPTIONS", "sip:a@b;lr", {
          ...options,
          via: "SIP/2.0/UDP h;branch=z9hG4bK1",
          from: '"é" <sip:f@g>;tag=1',
          to: "<sip:t@u>",
          callId: "c@d",
        });
        const expected = [...request.headers.entries(), ["Content-Length", String(options.body.length)]];
        const parsed = parseMessage(serialiseMessage(request));
        assert.deepEqual([...parsed.headers.entries()], expected);
        assert.ok(parsed.body.equals(options.body));
        assert.deepEqual(parsed.kind === "request" && parsed.uri, request.uri);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves what is wrong with a Contact to whoever reads it", () => {
    for (const [lines, code] of [
      [["Contact: <sip:a@b:0>"], "malformed_uri"],
      [["Contact: <sip:a@b>, <sip:c@d"], "malformed_header"],
      [["Contact: <sip:a@b>", "Contact: <sip:c@d>;x=1;x=2"], "duplicate_parameter"],
      [["Contact: <sip:a@b>", "m: *"], "malformed_uri"],
    ] as const) {
      const parsed = parseMessage(message({}, [...lines]));
      for (let times = 0; times < 2; times++) {
        assert.throws(() => contacts(parsed), { code, header: "Contact" }, lines.join());
      }
    }
    const hosts = (lines: string[]) => {
      const values = contacts(parseMessage(message({}, lines)));
      return values === "*" ? "*" : values.map(({ uri }) => isSipUri(uri) && uri.host);
    };
    assert.deepEqual(hosts(["Contact: <sip:a@b>"]), ["b"]);
    assert.deepEqual(hosts(["Contact: <sip:a@b>", "m: <sip:c@d>", "Contact: sip:e@f"]), ["b", "d", "f"]);
    assert.deepEqual(hosts(["m: <sip:a@b>,\r\n <sip:c@d>"]), ["b", "d"]);
    assert.deepEqual(hosts(['Contact: "a, b" <sip:a@b>']), ["b"]);
    assert.equal(hosts(["Contact: *"]), "*");
    assert.deepEqual(hosts(["Contact:"]), []);
  });
});

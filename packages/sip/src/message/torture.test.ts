import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { SipParseError } from "../errors.ts";
import { createResponse } from "./create.ts";
import { contacts, cseq, from, maxForwards, type SipMessage, to, topVia, vias } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { serialiseMessage } from "./serialise.ts";
import { isSipUri } from "./uri.ts";

/**
 * Messages of our own after the ideas of RFC 4475 and RFC 5118. The beginning of a file's name is what
 * has to come of it: "ok" is read, a status is the answer that it gets, "dropped" gets none.
 */
const folder = new URL("../../testdata/torture/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".sip"));
const read = (name: string) => readFileSync(new URL(name, folder));

describe("torture messages", () => {
  for (const name of files) {
    it(name, () => {
      const [verdict] = name.split("-", 1);
      if (verdict === "ok") {
        const parsed = parseMessage(read(name));
        vias(parsed);
        contacts(parsed);
        const again = parseMessage(serialiseMessage(parsed));
        const lines = (m: SipMessage) => [...m.headers.entries()];
        assert.deepEqual(lines(again).length, lines(parsed).length);
        assert.deepEqual(from(again), from(parsed));
        assert.ok(again.body.equals(parsed.body));
        return;
      }
      assert.throws(
        () => parseMessage(read(name)),
        (error) => {
          assert.ok(error instanceof SipParseError, String(error));
          if (verdict === "dropped") assert.equal(error.partial, undefined);
          else {
            assert.equal(String(error.status), verdict);
            assert.ok(error.partial);
            const answer = serialiseMessage(createResponse(error.partial, error.status)).toString();
            assert.ok(answer.startsWith(`SIP/2.0 ${verdict} `));
          }
          return true;
        },
      );
    });
  }

  it("are read for what they say", () => {
    const space = parseMessage(read("ok-white-space.sip"));
    assert.deepEqual(cseq(space), { seq: 9, method: "INVITE" });
    assert.equal(maxForwards(space), 68);
    assert.equal(from(space).displayName, 'J Rosenberg \\"');
    assert.equal(to(space).params.get("tag"), "1918181833n");
    assert.deepEqual(
      vias(space).map(({ transport, host, params }) => [transport, host, params.get("branch")]),
      [
        ["UDP", "192.0.2.2", "390skdjuw"],
        ["TCP", "second.example.com", "z9hG4bK9ikj8"],
        ["UDP", "192.168.255.111", "z9hG4bK30239"],
      ],
    );
    const unusual = parseMessage(read("ok-unusual-characters.sip"));
    assert.equal(to(unusual).displayName, "BEL:\x07 NUL:\0 DEL:\x7f");
    const escapes = parseMessage(read("ok-escapes.sip"));
    assert.ok(escapes.kind === "request" && isSipUri(escapes.uri));
    assert.equal(escapes.uri.user, "sips:user@example.com");
    assert.equal(escapes.uriText, "sip:sips%3Auser%40example.com@example.net");
    assert.equal(parseMessage(read("ok-body-shorter-than-datagram.sip")).body.toString(), "abc");
    assert.equal(vias(parseMessage(read("ok-long-values.sip"))).length, 33);
    assert.equal(
      topVia(parseMessage(read("ok-ipv6-received.sip"))).params.get("received"),
      "[2001:db8::9:255]",
    );
    const scheme = parseMessage(read("ok-unknown-scheme.sip"));
    assert.ok(scheme.kind === "request");
    assert.equal(scheme.uri.scheme, "nobodyknowsthisscheme");
  });
});

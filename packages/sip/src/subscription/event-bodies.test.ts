import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseDialogInfo } from "./dialog-info.ts";
import { parseMessageSummary } from "./message-summary.ts";

describe("message-summary", () => {
  const parse = (text: string) => parseMessageSummary(Buffer.from(text));

  test("the example of RFC 3842 §5.2", () => {
    const found = parse(
      "Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\n",
    );
    assert.equal(found?.waiting, true);
    assert.equal(found?.account, "sip:alice@vmail.example.com");
    assert.deepEqual(
      [...(found?.counts ?? [])],
      [["voice-message", { fresh: 2, old: 8, urgent: { fresh: 0, old: 2 } }]],
    );
  });

  test("more classes, other spellings, and no headers of messages", () => {
    const found = parse(
      "messages-waiting : NO\nFax-Message: 0/1\nvoice-message:1/2\nVoice-Message: 9/9\nText-Message: many\nX: y\n\nFax-Message: 7/7\nTo: <bob@example.com>\n",
    );
    assert.equal(found?.waiting, false);
    assert.deepEqual(
      [...(found?.counts ?? [])],
      [
        ["fax-message", { fresh: 0, old: 1, urgent: undefined }],
        ["voice-message", { fresh: 1, old: 2, urgent: undefined }],
      ],
    );
  });

  test("what does not say whether messages wait is none", () => {
    for (const text of ["", "Voice-Message: 1/2\r\n", "<xml/>"]) assert.equal(parse(text), undefined);
    fc.assert(fc.property(fc.string(), (text) => void parse(text)));
  });
});

describe("dialog-info", () => {
  const parse = (text: string) => parseDialogInfo(Buffer.from(text));
  const wrap = (inner: string, attributes = "") =>
    `<?xml version="1.0"?>\r\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="full" entity="sip:alice@example.com"${attributes}>${inner}</dialog-info>`;

  test("a dialog as RFC 4235 §4.1 and §6 have it", () => {
    const found = parse(
      wrap(`
      <dialog id="as7d900as8" call-id="a84b4c76e66710" local-tag="1928301774" remote-tag="456887766" direction="initiator">
        <state event="rejected" code="486">Terminated</state>
        <duration>274</duration>
        <local>
          <identity display="Alice &amp; Co">sip:alice@example.com</identity>
          <target uri="sip:alice@pc33.example.com"><param pname="+sip.rendering" pval="yes"/></target>
        </local>
        <remote><identity>sip:bob@example.org</identity></remote>
      </dialog>
      <dialog id="other"><state>confirmed</state></dialog>`),
    );
    assert.deepEqual(found, {
      ...{ version: 1, state: "full", entity: "sip:alice@example.com" },
      dialogs: [
        {
          ...{ id: "as7d900as8", callId: "a84b4c76e66710", localTag: "1928301774", remoteTag: "456887766" },
          ...{ direction: "initiator", state: "terminated", event: "rejected", code: 486 },
          local: {
            identity: "sip:alice@example.com",
            displayName: "Alice & Co",
            target: "sip:alice@pc33.example.com",
          },
          remote: { identity: "sip:bob@example.org", displayName: undefined, target: undefined },
        },
        {
          ...{ id: "other", callId: undefined, localTag: undefined, remoteTag: undefined },
          ...{ direction: undefined, state: "confirmed", event: undefined, code: undefined },
          local: { identity: undefined, displayName: undefined, target: undefined },
          remote: { identity: undefined, displayName: undefined, target: undefined },
        },
      ],
    });
  });

  test("prefixes, partial states, no dialogs", () => {
    const prefixed = parse(
      '<d:dialog-info xmlns:d="urn:x" version="7" state="partial" entity="sip:a@b"><d:dialog id="1"><d:state>early</d:state></d:dialog></d:dialog-info>',
    );
    assert.equal(prefixed?.state, "partial");
    assert.equal(prefixed?.dialogs[0]?.state, "early");
    assert.deepEqual(parse(wrap(""))?.dialogs, []);
  });

  test("elements of the same name elsewhere are not taken for the dialog's", () => {
    const found = parse(
      wrap('<x><dialog id="no"/></x><dialog id="1"><state>early</state><y><state>x</state></y></dialog>'),
    );
    assert.deepEqual(
      found?.dialogs.map(({ id, state }) => [id, state]),
      [["1", "early"]],
    );
  });

  test("no entity is expanded, no document type taken", () => {
    const bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>';
    assert.equal(parse(`${bomb}${wrap('<dialog id="1"><state>&b;</state></dialog>')}`), undefined);
    assert.equal(parse(wrap('<dialog id="1"><state>&a;</state></dialog>')), undefined);
  });

  test("broken, deep, large and foreign ones are none; too many dialogs are cut", () => {
    assert.equal(parse(wrap("<dialog>")), undefined);
    assert.equal(parse("<presence/>"), undefined);
    assert.equal(parse(""), undefined);
    assert.equal(parse(wrap(`${"<a>".repeat(20_000)}`)), undefined);
    assert.equal(parse(wrap(`${"<a>".repeat(20)}${"</a>".repeat(20)}`)), undefined);
    assert.equal(parse(wrap(" ".repeat(70_000))), undefined);
    assert.equal(parse(wrap('<dialog id="x"/>'.repeat(1_000)))?.dialogs.length, 256);
    const long = parse(
      wrap(`<dialog id="1" call-id="${"c".repeat(2_000)}"><state>${"s".repeat(5_000)}</state></dialog>`),
    );
    assert.equal(long?.dialogs[0]?.callId, undefined);
    assert.equal(long?.dialogs[0]?.state.length, 1_024);
    assert.equal(parse(wrap('<dialog id="__proto__" constructor="x"/>'))?.dialogs[0]?.id, "__proto__");
  });

  test("no bytes make it throw", () => {
    const piece = fc.constantFrom(
      ...[
        "<",
        ">",
        "/",
        "dialog-info",
        "<dialog id='1'>",
        "</dialog>",
        "<state>",
        "</state>",
        "&",
        ";",
        "&#0;",
      ],
      ...["<![CDATA[", "]]>", "<!--", "-->", "<?x", "?>", '"', "=", " ", "\ufffe", "<!DOCTYPE x>", "xmlns:a"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        parse(pieces.join(""));
        parse(wrap(pieces.join("")));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseDialogInfo(Buffer.from(bytes))));
  });
});

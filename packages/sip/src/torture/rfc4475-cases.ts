import assert from "node:assert/strict";
import { callId, contacts, cseq, from, maxForwards, routes, to, topVia, vias } from "../message/message.ts";
import { isSipUri, type SipUri, type Uri } from "../message/uri.ts";
import type { TortureCase } from "./torture-case.ts";

export function sipUri(uri: Uri | undefined): SipUri {
  assert.ok(uri !== undefined && isSipUri(uri));
  return uri;
}

const methods = /^INVITE, ACK, CANCEL, BYE, OPTIONS\b/;

/** RFC 4475, one by one in its order. The messages are our own, made after its ideas. */
export const rfc4475Cases: readonly TortureCase[] = [
  {
    file: "rfc4475/3.1.1.1-wsinv.sip",
    asks: "Well-formed: folds, blanks around every separator, odd order, empty Subject, unknown headers. (Its To has a tag of no dialog of ours: 481.)",
    parse: "read",
    answer: 481,
    check: (message) => {
      assert.deepEqual(cseq(message), { seq: 12, method: "INVITE" });
      assert.equal(maxForwards(message), 70);
      assert.equal(from(message).displayName, 'I Nowak \\"');
      assert.equal(to(message).params.get("tag"), "77c0ffee");
      assert.equal(message.headers.get("Subject"), "");
      assert.equal(message.headers.get("NoveltyHeader"), "first half second half");
      assert.equal(message.headers.get("OddValueHeader"), ";;,,;;,;");
      assert.deepEqual(
        vias(message).map(({ transport, host, params }) => [transport, host, params.get("branch")]),
        [
          ["UDP", "192.0.2.71", "old71"],
          ["TCP", "relay.example", "z9hG4bKrelay1"],
          ["UDP", "192.168.7.7", "z9hG4bKinner1"],
        ],
      );
      assert.ok(message.kind === "request");
      assert.equal(sipUri(message.uri).params.get("unheardof"), "");
      assert.equal(sipUri(routes(message)[0]?.uri).params.get("unheardof"), "yes");
      const [contact] = contacts(message);
      assert.ok(typeof contact === "object");
      assert.equal(contact.displayName, 'Quoted words ""');
      assert.deepEqual(
        [...contact.params],
        [
          ["newparam", "newvalue"],
          ["bareparam", ""],
          ["q", "0.25"],
        ],
      );
    },
  },
  {
    file: "rfc4475/3.1.1.2-intmeth.sip",
    asks: "Well-formed, all characters that token, word and user allow. Endpoints answer 501 with their methods in Allow.",
    parse: "read",
    over: "tcp",
    answer: 501,
    answerHeaders: { Allow: methods },
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.equal(message.method, "!odd-Method0123456789_*+`.%really'~");
      const uri = sipUri(message.uri);
      assert.equal(uri.user, "1_odd.URI~(is-it!really)&won't+be$/mad?,/;;*");
      assert.equal(uri.password, "&pw=1,fine!*do$lla~r_s.(aren't-they)");
      assert.equal(to(message).displayName, "BEL:\x07 NUL:\0 DEL:\x7f");
      assert.equal(from(message).displayName, "word1~` word2'+_ word3*%!.-");
      assert.equal(from(message).params.get("fromparam''~+*_!.-%"), '"тишина"');
      assert.equal(from(message).params.get("tag"), "_tok~2'+`*%!-.");
      assert.equal(callId(message), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
      assert.equal(topVia(message).params.get("branch"), "z9hG4bK-.!%77*_+`'~");
      assert.equal(message.headers.get("oddHeader-!.%*+_`'~"), "\ufeff夜の電話");
    },
  },
  {
    file: "rfc4475/3.1.1.3-esc01.sip",
    asks: "Well-formed. Escapes count as what they stand for, once: the parameter's value is blue%41, not blueA.",
    parse: "read",
    answer: "call",
    offer: /m=audio 40100/,
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.equal(sipUri(message.uri).user, "sips:desk@lines.example");
      assert.equal(sipUri(message.uri).host, "gate.example");
      assert.equal(sipUri(to(message).uri).user, "desk");
      assert.equal(sipUri(from(message).uri).user, "She has spaces");
      const [contact] = contacts(message);
      assert.ok(typeof contact === "object");
      assert.equal(sipUri(contact.uri).user, "caller");
      assert.deepEqual(
        [...sipUri(contact.uri).params],
        [
          ["lr", ""],
          ["colour", "blue%41"],
        ],
      );
    },
  },
  {
    file: "rfc4475/3.1.1.4-escnull.sip",
    asks: "Well-formed, NUL in user parts, two different Contacts. We are no registrar: 405.",
    parse: "read",
    answer: 405,
    answerHeaders: { Allow: methods },
    check: (message) => {
      assert.equal(sipUri(to(message).uri).user, "nil-\0-nil");
      const users = [...contacts(message)].map((one) => typeof one === "object" && sipUri(one.uri).user);
      assert.deepEqual(users, ["\0", "\0\0"]);
    },
  },
  {
    file: "rfc4475/3.1.1.5-esc02.sip",
    asks: "Well-formed: % is no escape in methods, header names and display names. An endpoint answers 501.",
    parse: "read",
    over: "tcp",
    answer: 501,
    answerHeaders: { Allow: methods },
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.equal(message.method, "RE%47IST%45R");
      assert.equal(to(message).displayName, "%Z%45");
      assert.equal(contacts(message).length, 2);
      assert.equal(message.headers.get("C%6Fntact"), "<sip:second@tower2.example>");
    },
  },
  {
    file: "rfc4475/3.1.1.6-lwsdisp.sip",
    asks: "Accepted, although no blank stands between display name and <.",
    parse: "read",
    answer: 200,
    check: (message) => assert.equal(from(message).displayName, "ida"),
  },
  {
    file: "rfc4475/3.1.1.7-longreq.sip",
    asks: "Well-formed: very long values, 34 Vias.",
    parse: "read",
    over: "tcp",
    answer: "call",
    check: (message) => {
      assert.equal(vias(message).length, 34);
      assert.equal(topVia(message).host, "relay33.example");
      assert.equal(vias(message)[33]?.params.get("branch")?.length, 264);
      assert.equal(from(message).params.get("tag")?.length, 205);
      assert.equal(sipUri(to(message).uri).params.size, 3);
      assert.equal(sipUri(to(message).uri).port, 6000);
    },
  },
  {
    file: "rfc4475/3.1.1.8-dblreq.sip",
    asks: "One request: what follows its body in the datagram is noise, although it looks like another.",
    parse: "read",
    answer: 405,
    stream: "two messages",
    check: (message) => {
      assert.deepEqual(cseq(message), { seq: 8, method: "REGISTER" });
      assert.equal(message.body.length, 0);
      assert.equal(message.headers.get("Content-Type"), undefined);
    },
  },
  {
    file: "rfc4475/3.1.1.9-semiuri.sip",
    asks: "Well-formed: the user part is desk;par=m@gate.example.",
    parse: "read",
    answer: 200,
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.equal(sipUri(message.uri).user, "desk;par=m@gate.example");
      assert.equal(sipUri(message.uri).params.size, 0);
      assert.equal(message.headers.list("Accept").length, 6);
    },
  },
  {
    file: "rfc4475/3.1.1.10-transports.sip",
    asks: "Well-formed: all transports there are, and one that nobody knows, in Vias below the first.",
    parse: "read",
    answer: 200,
    check: (message) =>
      assert.deepEqual(
        vias(message).map((via) => via.transport),
        ["UDP", "SCTP", "TLS", "NOVELTY", "TCP"],
      ),
  },
  {
    file: "rfc4475/3.1.1.11-mpart01.sip",
    asks: "Well-formed, with a body of any bytes, NUL and empty lines among them. MESSAGE is not taken here: 405.",
    parse: "read",
    answer: 405,
    check: (message) => {
      assert.equal(message.body.length, 712);
      const second = message.body.indexOf(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
      assert.ok(second > 0, "every byte in order");
      assert.ok(message.body.toString("latin1").endsWith("\r\n--7edge71--\r\n"));
    },
  },
  {
    file: "rfc4475/3.1.1.12-unreason.sip",
    asks: "Well-formed: the phrase is for people, and may hold UTF-8. Nobody here asked: dropped.",
    parse: "read",
    answer: "none",
    check: (message) => {
      assert.ok(message.kind === "response");
      assert.equal(message.status, 200);
      assert.equal(message.reason, "= 7**2 + 151 два́дцать де́сятков — ровно");
    },
  },
  {
    file: "rfc4475/3.1.1.13-noreason.sip",
    asks: "Well-formed: no phrase, but the blank before it.",
    parse: "read",
    answer: "none",
    check: (message) => {
      assert.ok(message.kind === "response");
      assert.deepEqual([message.status, message.reason], [100, ""]);
    },
  },
  {
    file: "rfc4475/3.1.2.1-badinv01.sip",
    asks: "Answered with 400: semicolons and commas without anything between them in Via and Contact.",
    parse: "malformed_parameter",
    answer: 400,
    // What can be read of its Via goes back, and no more.
    answerHeaders: { Via: /^SIP\/2\.0\/UDP 192\.0\.2\.15;received=192\.0\.2\.2$/, "Call-ID": /^badinv01/ },
  },
  {
    file: "rfc4475/3.1.2.2-clerr.sip",
    asks: "Answered with 400 over UDP. On a stream there is only waiting for the rest, not for ever.",
    parse: "content_length_mismatch",
    answer: 400,
    stream: "waits",
  },
  {
    file: "rfc4475/3.1.2.3-ncl.sip",
    asks: "Answered with an error over UDP; a stream is of no use afterwards.",
    parse: "malformed_header",
    answer: 400,
    stream: "error",
  },
  {
    file: "rfc4475/3.1.2.4-scalar02.sip",
    asks: "Answered with 400 for its CSeq number.",
    parse: "malformed_header",
    over: "tcp",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.5-scalarlg.sip",
    asks: "A response with such a CSeq number is dropped.",
    parse: "malformed_header",
    over: "tcp",
    answer: "none",
  },
  {
    file: "rfc4475/3.1.2.6-quotbal.sip",
    asks: "Answered with 400: a quoted string does not end.",
    parse: "malformed_header",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.7-ltgtruri.sip",
    asks: "Answered with 400 (a liberal element may ignore the brackets).",
    parse: "malformed_uri",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.8-lwsruri.sip",
    asks: "Answered with 400: a blank in the Request-URI.",
    parse: "malformed_uri",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.9-lwsstart.sip",
    asks: "May be refused: two blanks between the parts of the request line.",
    parse: "malformed_uri",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.10-trws.sip",
    asks: "May be refused: blanks at the end of the request line.",
    parse: "malformed_start_line",
    over: "tcp",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.11-escruri.sip",
    asks: "May be refused, or taken without the header in its Request-URI, which must never become one.",
    parse: "read",
    answer: "call",
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.equal(sipUri(message.uri).headers, "Route=%3Csip:thief.example%3E");
      assert.deepEqual(routes(message), []);
    },
  },
  {
    file: "rfc4475/3.1.2.12-baddate.sip",
    asks: "Taken by who has no use for Date, which is in no zone that SIP knows.",
    parse: "read",
    answer: "call",
  },
  {
    file: "rfc4475/3.1.2.13-regbadct.sip",
    asks: "400 from a registrar, as the Contact needs its <>; its reader refuses it. We are none: 405.",
    parse: "read",
    answer: 405,
    check: (message) =>
      assert.throws(() => contacts(message), { code: "malformed_header", header: "Contact" }),
  },
  {
    file: "rfc4475/3.1.2.14-badaspec.sip",
    asks: "May be refused with 400: blanks inside <>.",
    parse: "malformed_uri",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.15-baddn.sip",
    asks: "May be refused with 400: a comma in a display name without quotes.",
    parse: "malformed_header",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.16-badvers.sip",
    asks: "Answered with 505.",
    parse: "unsupported_version",
    answer: 505,
  },
  {
    file: "rfc4475/3.1.2.17-mismatch01.sip",
    asks: "Answered with 400: CSeq has another method.",
    parse: "cseq_method_mismatch",
    answer: 400,
  },
  {
    file: "rfc4475/3.1.2.18-mismatch02.sip",
    asks: "Answered with 501 rather than 400, as the method is unknown besides.",
    parse: "cseq_method_mismatch",
    answer: 501,
    answerHeaders: { Allow: methods },
  },
  {
    file: "rfc4475/3.1.2.19-bigcode.sip",
    asks: "A response with such a status is dropped.",
    parse: "malformed_start_line",
    answer: "none",
  },
  {
    file: "rfc4475/3.2.1-badbranch.sip",
    asks: "400, or the transaction is told by RFC 2543's rule; the latter is ours.",
    parse: "read",
    answer: 200,
  },
  {
    file: "rfc4475/3.3.1-insuf.sip",
    asks: "Must not break for what is missing; ideally 400.",
    parse: "missing_header",
    answer: 400,
    answerHeaders: { Via: /^SIP\/2\.0\/UDP 192\.0\.2\.95;branch=z9hG4bKkdj\.insuf/, CSeq: /^193942 INVITE$/ },
  },
  {
    file: "rfc4475/3.3.2-unkscm.sip",
    asks: "Answered with 416.",
    parse: "read",
    over: "tcp",
    answer: 416,
    check: (message) => {
      assert.ok(message.kind === "request");
      assert.deepEqual(message.uri, {
        scheme: "neverheardofthisscheme",
        raw: "neverHeardOfThisScheme:wholly-opaque",
      });
    },
  },
  {
    file: "rfc4475/3.3.3-novelsc.sip",
    asks: "416 from an element that never takes this scheme.",
    parse: "read",
    over: "tcp",
    answer: 416,
    check: (message) => assert.equal(message.kind === "request" && message.uri.scheme, "soap.beep"),
  },
  {
    file: "rfc4475/3.3.4-unksm2.sip",
    asks: "Must be read: other schemes in From, To and Contact. (400 from a registrar; we are none: 405.)",
    parse: "read",
    answer: 405,
    check: (message) => {
      assert.equal(to(message).uri.scheme, "isbn");
      assert.equal(from(message).uri.scheme, "http");
      const [contact] = contacts(message);
      assert.equal(typeof contact === "object" && contact.uri.scheme, "name");
    },
  },
  {
    file: "rfc4475/3.3.5-bext01.sip",
    asks: "Answered with 420; Unsupported names what Require asks for. Proxy-Require is no business of an endpoint.",
    parse: "read",
    over: "tls",
    answer: 420,
    answerHeaders: { Unsupported: /^nobodyDoesThis, nobodyDoesThisEither$/ },
  },
  {
    file: "rfc4475/3.3.6-invut.sip",
    asks: "Answered with 415, with what is taken in Accept.",
    parse: "read",
    answer: 415,
    answerHeaders: { Accept: /^application\/sdp$/ },
  },
  {
    file: "rfc4475/3.3.7-regaut01.sip",
    asks: "405 from who is no registrar, whatever its Authorization is.",
    parse: "read",
    over: "tcp",
    answer: 405,
    answerHeaders: { Allow: methods },
  },
  {
    file: "rfc4475/3.3.8-multi01.sip",
    asks: "Answered with 400: headers twice that may stand once.",
    parse: "duplicate_header",
    answer: 400,
  },
  {
    file: "rfc4475/3.3.9-mcl01.sip",
    asks: "Answered with an error over UDP; two lengths make a stream useless.",
    parse: "duplicate_header",
    answer: 400,
    stream: "error",
  },
  {
    file: "rfc4475/3.3.10-bcast.sip",
    asks: "Dropped: a response with a second Via is not for us.",
    parse: "read",
    answer: "none",
  },
  {
    file: "rfc4475/3.3.11-zeromf.sip",
    asks: "The destination takes it as if Max-Forwards were more.",
    parse: "read",
    answer: 200,
    answerHeaders: { Allow: methods, Accept: /application\/sdp/ },
    check: (message) => assert.equal(maxForwards(message), 0),
  },
  {
    file: "rfc4475/3.3.12-cparam01.sip",
    asks: "Without <> the parameter is the Contact's, not its URI's. (No registrar: 405.)",
    parse: "read",
    answer: 405,
    check: (message) => {
      const [contact] = contacts(message);
      assert.ok(typeof contact === "object");
      assert.deepEqual([...contact.params], [["unheardof", ""]]);
      assert.equal(sipUri(contact.uri).params.size, 0);
    },
  },
  {
    file: "rfc4475/3.3.13-cparam02.sip",
    asks: "Inside <> the parameter is the URI's.",
    parse: "read",
    answer: 405,
    check: (message) => {
      const [contact] = contacts(message);
      assert.ok(typeof contact === "object");
      assert.equal(contact.params.size, 0);
      assert.deepEqual([...sipUri(contact.uri).params], [["unheardof", ""]]);
    },
  },
  {
    file: "rfc4475/3.3.14-regescrt.sip",
    asks: "The header in the Contact's URI stays part of it.",
    parse: "read",
    answer: 405,
    check: (message) => {
      const [contact] = contacts(message);
      assert.ok(typeof contact === "object");
      assert.equal(sipUri(contact.uri).headers, "Route=%3Csip:relay.example%3E");
    },
  },
  {
    file: "rfc4475/3.3.15-sdp01.sip",
    asks: "No answer may hold SDP, which Accept leaves out: 406.",
    parse: "read",
    answer: 406,
  },
  {
    file: "rfc4475/3.4.1-inv2543.sip",
    asks: "Should be taken by who keeps to RFC 2543: no branch, From tag, Max-Forwards, Contact, Content-Length.",
    parse: "read",
    answer: "call",
    offer: /m=audio 40100/,
    stream: "error",
    check: (message) => {
      assert.equal(topVia(message).params.get("branch"), undefined);
      assert.equal(from(message).params.get("tag"), undefined);
      assert.equal(maxForwards(message), undefined);
    },
  },
];

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SipUserAgentError } from "../errors.ts";
import { Bench, requestText, responseText, udpFlow } from "../user-agent/agent-test-kit.ts";
import type { IncomingRefer } from "./refer.ts";
import { Answered, reportOf, watch } from "./refer-test-kit.ts";

const referLine = "Refer-To: <sip:carol@192.0.2.7>";

describe("a REFER of ours outside any dialog", () => {
  function sent() {
    const bench = new Bench();
    const refer = bench.agent.refer({
      ...{ requestUri: "sip:phone@192.0.2.9", to: "<sip:phone@192.0.2.9>", from: "<sip:agent@192.0.2.1>" },
      ...{ referTo: "sip:carol@192.0.2.7", flow: udpFlow },
    });
    const seen = watch(refer);
    const request = bench.takeRequest();
    const toTag = /;tag=(.*)$/.exec(request.headers.get("From") ?? "")?.[1] ?? "";
    const callId = request.headers.get("Call-ID") ?? "";
    const notify = (fromTag: string, seq: number, body: string, state: string, method = "NOTIFY") =>
      bench.receive(
        requestText(method, {
          ...{ toTag, callId, fromTag, seq, body },
          headers: ["Event: refer", `Subscription-State: ${state}`, "Content-Type: message/sipfrag"],
        }),
      );
    return { bench, seen, request, notify };
  }

  test("the first report makes the dialog; a second fork is turned away", () => {
    const { bench, seen, request, notify } = sent();
    assert.equal(request.headers.get("Contact"), "<sip:agent@192.0.2.1:5060>");
    notify("a", 5, "SIP/2.0 100 Trying", "active");
    assert.equal(bench.takeResponse().status, 200);
    notify("b", 1, "SIP/2.0 200 OK", "terminated");
    assert.equal(bench.takeResponse().status, 481);
    bench.receive(responseText(request, 202, { toTag: "b" }));
    notify("a", 4, "SIP/2.0 180 Ringing", "active");
    assert.equal(bench.takeResponse().status, 500, "out of order");
    notify("a", 6, "SIP/2.0 180 Ringing", "active", "INFO");
    assert.equal(bench.takeResponse().status, 481);
    notify("a", 7, "SIP/2.0 200 OK", "terminated;reason=noresource");
    assert.equal(bench.takeResponse().status, 200);
    assert.deepEqual(seen, { progress: [100], outcomes: [{ kind: "reported", status: 200, reason: "OK" }] });
    bench.assertAtRest();
  });

  test("refused, and silent", () => {
    const refused = sent();
    refused.bench.receive(responseText(refused.request, 405, { toTag: "x" }));
    assert.equal(refused.seen.outcomes[0]?.status, 405);
    refused.bench.assertAtRest();
    const silent = sent();
    silent.bench.receive(responseText(silent.request, 202, { toTag: "x" }));
    silent.bench.pass(33_000);
    assert.equal(silent.seen.outcomes[0]?.kind, "silent");
    silent.bench.assertAtRest();
  });

  test("it has to go somewhere", () => {
    assert.throws(
      () =>
        new Bench().agent.refer({
          requestUri: "sip:a@b",
          to: "<sip:a@b>",
          from: "<sip:c@d>",
          referTo: "sip:e",
        }),
      SipUserAgentError,
    );
  });
});

describe("a REFER of the peer outside any dialog", () => {
  test("is shown as that, taken, and reported in a dialog of its own", () => {
    const refers: IncomingRefer[] = [];
    const bench = new Bench({ onRefer: (refer) => refers.push(refer) });
    bench.receive(requestText("REFER", { headers: [referLine, "Record-Route: <sip:192.0.2.8;lr>"] }));
    const [refer] = refers;
    assert.equal(refer?.leg, undefined);
    assert.equal(refer?.isInDialog, false);
    refer?.accept();
    const [taken, first] = bench.take();
    assert.ok(taken?.kind === "response" && taken.status === 202);
    assert.equal(taken.headers.get("Record-Route"), "<sip:192.0.2.8;lr>");
    const toTag = /;tag=(.*)$/.exec(taken.headers.get("To") ?? "")?.[1] ?? "";
    assert.ok(first?.kind === "request");
    assert.equal(first.headers.get("Route"), "<sip:192.0.2.8;lr>");
    assert.equal(first.uriText, "sip:caller@192.0.2.9");
    assert.equal(first.headers.get("From"), `<sip:demo@192.0.2.1>;tag=${toTag}`);
    assert.deepEqual(reportOf(first), ["SIP/2.0 100 Trying", "active;expires=300", "refer;id=1"]);
    bench.receive(responseText(first, 200));
    bench.receive(requestText("SUBSCRIBE", { toTag, seq: 2, headers: ["Event: refer", "Expires: 0"] }));
    const [gone, last] = bench.take();
    assert.ok(gone?.kind === "response" && gone.status === 200);
    assert.ok(last?.kind === "request");
    assert.equal(reportOf(last)[1], "terminated;reason=timeout");
    bench.receive(responseText(last, 200));
    bench.receive(requestText("SUBSCRIBE", { toTag, seq: 3, headers: ["Event: refer", "Expires: 0"] }));
    assert.equal(bench.takeResponse().status, 481);
    bench.assertAtRest();
  });

  test("with a Target-Dialog it is about that call (RFC 4538), else about none", () => {
    const call = new Answered();
    const about = (tags: string) =>
      requestText("REFER", {
        callId: `own-${tags}`,
        headers: [referLine, "Require: tdialog", `Target-Dialog: call-1@192.0.2.9;${tags}`],
      });
    call.bench.receive(about(`local-tag=${call.leg.id};remote-tag=peer`));
    assert.equal(call.refer.leg, call.leg);
    assert.equal(call.refer.isInDialog, false);
    for (const tags of [
      `local-tag=${call.leg.id};remote-tag=x`,
      "local-tag=x;remote-tag=peer",
      "local-tag=x",
    ]) {
      call.bench.receive(about(tags));
      assert.equal(call.refer.leg, undefined);
    }
    assert.equal(call.refers.length, 4);
    for (const refer of call.refers) refer.reject(403);
    assert.deepEqual(call.bench.takeLines(), [403, 403, 403, 403]);
    call.receive("BYE");
    call.bench.assertAtRest();
  });

  test("copies by another way, strangers, broken ones and too many are no business of the application", () => {
    const refers: IncomingRefer[] = [];
    const bench = new Bench({ onRefer: (refer) => refers.push(refer), limits: { dialogs: 1 } });
    bench.receive(requestText("REFER", { branch: "z9hG4bKone", headers: [referLine] }));
    bench.receive(requestText("REFER", { branch: "z9hG4bKtwo", headers: [referLine] }));
    assert.equal(bench.takeResponse().status, 482);
    bench.receive(requestText("REFER", { callId: "b", headers: [referLine] }));
    assert.equal(bench.takeResponse().status, 503);
    bench.receive(requestText("REFER", { callId: "c" }));
    assert.equal(refers.length, 1);
    refers[0]?.reject(403);
    bench.take();
    bench.receive(requestText("REFER", { callId: "d" }));
    assert.equal(bench.takeResponse().status, 400);
    bench.assertAtRest();
    const strangers = new Bench({ onRefer: (refer) => refers.push(refer), screen: () => "drop" });
    strangers.receive(requestText("REFER", { headers: [referLine] }));
    assert.deepEqual(strangers.take(), []);
    assert.equal(refers.length, 1);
  });
});

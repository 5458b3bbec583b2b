import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Carrier, OfferAnswer } from "./offer-answer.ts";

const carriers: readonly Carrier[] = [
  "INVITE",
  "1xx",
  "1xx-rel",
  "2xx",
  "ACK",
  "PRACK",
  "PRACK 2xx",
  "UPDATE",
  "UPDATE 2xx",
];

/** One machine on each side of a dialog; a description that one sends is what the other receives. */
function pair() {
  const us = new OfferAnswer();
  const them = new OfferAnswer();
  const pass = (from: OfferAnswer, to: OfferAnswer, carrier: Carrier) => [
    from.sent(carrier),
    to.received(carrier),
  ];
  return {
    us,
    them,
    send: (carrier: Carrier) => pass(us, them, carrier),
    receive: (carrier: Carrier) => pass(them, us, carrier),
    agreed: () => us.state === "agreed" && them.state === "agreed",
  };
}

const offer = ["offer", "offer"];
const answer = ["answer", "answer"];

describe("offer and answer, the six patterns of RFC 6337 §2.1", () => {
  test("1: INVITE, 2xx", () => {
    const { send, receive, agreed } = pair();
    assert.deepEqual(send("INVITE"), offer);
    assert.deepEqual(receive("2xx"), answer);
    assert.ok(agreed());
  });

  test("2: 2xx, ACK", () => {
    const { send, receive, agreed } = pair();
    assert.deepEqual(receive("2xx"), offer);
    assert.deepEqual(send("ACK"), answer);
    assert.ok(agreed());
  });

  test("3: INVITE, 1xx-rel; an unreliable one before it is a look ahead, what follows is not looked at", () => {
    const { us, them, send, receive, agreed } = pair();
    send("INVITE");
    assert.deepEqual(receive("1xx"), ["preview", "preview"]);
    assert.ok(!agreed());
    assert.deepEqual(receive("1xx-rel"), answer);
    assert.ok(agreed());
    assert.deepEqual(receive("1xx"), [undefined, "none"]);
    assert.deepEqual(receive("1xx-rel"), [undefined, "none"]);
    assert.deepEqual(receive("2xx"), [undefined, "none"]);
    assert.deepEqual([us.state, them.state], ["agreed", "agreed"]);
  });

  test("4: 1xx-rel, PRACK", () => {
    const { send, receive, agreed } = pair();
    assert.deepEqual(receive("1xx-rel"), offer);
    assert.deepEqual(send("PRACK"), answer);
    assert.ok(agreed());
  });

  test("5: PRACK, its 2xx, after a first exchange", () => {
    const { send, receive, agreed } = pair();
    send("INVITE");
    receive("1xx-rel");
    assert.deepEqual(send("PRACK"), offer);
    assert.deepEqual(receive("PRACK 2xx"), answer);
    assert.ok(agreed());
  });

  test("6: UPDATE, its 2xx, from either side", () => {
    const { send, receive, agreed } = pair();
    send("INVITE");
    receive("1xx-rel");
    assert.deepEqual(send("UPDATE"), offer);
    assert.deepEqual(receive("UPDATE 2xx"), answer);
    assert.deepEqual(receive("UPDATE"), offer);
    assert.deepEqual(send("UPDATE 2xx"), answer);
    assert.ok(agreed());
  });

  test("1 to 4 again in a re-INVITE, with an offer and without one", () => {
    const { us, them, send, receive, agreed } = pair();
    send("INVITE");
    receive("2xx");
    assert.deepEqual(send("INVITE"), offer);
    assert.deepEqual(receive("1xx-rel"), answer);
    us.asksForOffer("us");
    them.asksForOffer("peer");
    assert.ok(!us.mayOffer("UPDATE"), "the offer is for the other side to make");
    assert.deepEqual(receive("2xx"), offer);
    assert.deepEqual(send("ACK"), answer);
    us.asksForOffer("us");
    them.asksForOffer("peer");
    assert.deepEqual(receive("1xx-rel"), offer);
    assert.deepEqual(send("PRACK"), answer);
    assert.ok(agreed());
  });
});

describe("offers that may not be", () => {
  test("nothing but an INVITE or a certain response to it begins a session", () => {
    const may = carriers.filter((carrier) => new OfferAnswer().mayOffer(carrier));
    assert.deepEqual(may, ["INVITE", "1xx-rel", "2xx"]);
    assert.equal(new OfferAnswer().received("UPDATE"), 500);
    assert.equal(new OfferAnswer().received("PRACK"), 500);
    assert.equal(new OfferAnswer().received("ACK"), "none");
    assert.equal(new OfferAnswer().received("1xx"), "preview");
  });

  test("while one is under way there is no other, in either direction (RFC 3264 §4)", () => {
    const offered = new OfferAnswer();
    offered.sent("INVITE");
    assert.deepEqual(
      carriers.filter((carrier) => offered.mayOffer(carrier)),
      [],
    );
    const { us, them, send } = pair();
    send("INVITE");
    assert.deepEqual(
      carriers.filter((carrier) => them.mayOffer(carrier)),
      [],
    );
    // The offer crosses ours, or comes before the last is answered.
    for (const carrier of ["INVITE", "UPDATE", "PRACK"] as const) {
      assert.equal(us.received(carrier), 491);
      assert.equal(them.received(carrier), 500);
    }
    assert.equal(us.state, "offered");
    assert.equal(them.state, "asked");
  });

  test("an answer has its place: none other ends the exchange", () => {
    const right: [Carrier, Carrier[]][] = [
      ["INVITE", ["1xx-rel", "2xx"]],
      ["PRACK", ["PRACK 2xx"]],
      ["UPDATE", ["UPDATE 2xx"]],
    ];
    for (const [by, places] of right) {
      for (const carrier of carriers) {
        const us = new OfferAnswer();
        us.sent("INVITE");
        us.received("2xx");
        us.sent(by);
        const isAnswer = us.received(carrier) === "answer";
        assert.equal(isAnswer, places.includes(carrier), `${by}, ${carrier}`);
        assert.equal(us.state, isAnswer ? "agreed" : "offered");
      }
    }
  });

  test("in a session that stands, a response makes no offer unless it was asked for", () => {
    const { us, them, send, receive } = pair();
    send("INVITE");
    receive("2xx");
    assert.deepEqual(
      carriers.filter((carrier) => us.mayOffer(carrier)),
      ["INVITE", "PRACK", "UPDATE"],
    );
    assert.equal(us.received("2xx"), "none");
    them.asksForOffer("peer");
    assert.equal(them.mayOffer("2xx"), true);
  });
});

describe("an offer that is refused", () => {
  test("leaves the session as it was (RFC 6141 §3)", () => {
    const { us, them, send, receive } = pair();
    send("INVITE");
    us.rollBack("us");
    them.rollBack("peer");
    assert.deepEqual([us.state, them.state], ["initial", "initial"]);
    send("INVITE");
    receive("2xx");
    for (const carrier of ["INVITE", "UPDATE", "PRACK"] as const) {
      assert.deepEqual(send(carrier), offer);
      us.rollBack("us");
      them.rollBack("peer");
      assert.deepEqual([us.state, them.state], ["agreed", "agreed"]);
    }
  });

  test("so does a request for an offer that is refused", () => {
    const { us, them, send, receive } = pair();
    send("INVITE");
    receive("2xx");
    us.asksForOffer("us");
    them.asksForOffer("peer");
    us.rollBack("us");
    them.rollBack("peer");
    assert.deepEqual(send("UPDATE"), offer);
  });

  test("takes back its own exchange alone: a refusal of something else leaves the other side's offer open", () => {
    const { us, them, send, receive } = pair();
    send("INVITE");
    receive("2xx");
    receive("UPDATE");
    assert.equal(us.rollBack("us"), false);
    assert.equal(us.state, "asked");
    assert.equal(them.rollBack("peer"), false);
    assert.equal(them.state, "offered");
    send("UPDATE 2xx");
    // An offer in a response belongs to the exchange that the request began.
    us.asksForOffer("us");
    them.asksForOffer("peer");
    receive("2xx");
    assert.equal(us.rollBack("peer"), false);
    assert.equal(us.rollBack("us"), true);
    assert.equal(them.rollBack("us"), false);
    assert.equal(them.rollBack("peer"), true);
  });

  test("what was answered before the failure stays agreed", () => {
    const { us, send, receive } = pair();
    send("INVITE");
    receive("1xx-rel");
    us.rollBack("us");
    assert.equal(us.state, "agreed");
  });
});

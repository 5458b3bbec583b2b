import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Headers } from "../message/headers.ts";
import { serialiseUri } from "../message/uri.ts";
import { alertInfo, callInfo } from "./call-info.ts";
import { diversions } from "./diversion.ts";
import { event, subscriptionState } from "./event.ts";
import { historyInfo } from "./history-info.ts";
import { assertedIdentities, preferredIdentities, remotePartyIds } from "./identity.ts";
import { privacy } from "./privacy.ts";
import { reasons } from "./reason.ts";
import { referredBy } from "./refer-to.ts";
import { targetDialog } from "./replaces.ts";
import { path, serviceRoute } from "./service-route.ts";

function message(...lines: readonly (readonly [name: string, value: string])[]): { headers: Headers } {
  return { headers: new Headers(lines) };
}

describe("Diversion", () => {
  test("the latest first, with all that RFC 5806 §4 has", () => {
    const found = diversions(
      message(
        ["Diversion", "<sip:+19195551004@example.com>;reason=user-busy;counter=2;privacy=off;screen=yes"],
        [
          "Diversion",
          '"Pizza, fresh" <sip:WeSellPizza@p3.isp.com>;reason="Time-Of-Day";limit=4, <tel:+1919>',
        ],
      ),
    );
    assert.deepEqual(
      found.map(({ address, ...rest }) => ({ uri: serialiseUri(address.uri), ...rest })),
      [
        {
          uri: "sip:+19195551004@example.com",
          ...{ reason: "user-busy", counter: 2, limit: undefined, privacy: "off", screen: "yes" },
        },
        {
          uri: "sip:WeSellPizza@p3.isp.com",
          ...{ reason: "time-of-day", counter: 1, limit: 4, privacy: undefined, screen: undefined },
        },
        {
          uri: "tel:+1919",
          ...{ reason: undefined, counter: 1, limit: undefined, privacy: undefined, screen: undefined },
        },
      ],
    );
    assert.equal(found[1]?.address.displayName, "Pizza, fresh");
    assert.equal(found[0]?.address.params.size, 0);
  });

  test("one that cannot be read does not hide the others, and a flood of them is cut", () => {
    const found = diversions(message(["Diversion", "<sip:>;reason=x, <sip:a@b>;counter=-1, ;;;, <sip:c@d"]));
    assert.deepEqual(
      found.map(({ address, counter }) => [serialiseUri(address.uri), counter]),
      [["sip:a@b", 1]],
    );
    const many = Array.from({ length: 1_000 }, () => "<sip:a@b>").join(", ");
    assert.equal(diversions(message(["Diversion", many])).length, 32);
  });
});

describe("History-Info", () => {
  test("targets, indices, reasons in the URI, kinds of change (RFC 7044 §5)", () => {
    const found = historyInfo(
      message(
        ["History-Info", "<sip:UserA@ims.example.com?Privacy=history>;index=1;foo=bar"],
        [
          "History-Info",
          "<sip:UserA@192.0.2.1?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22>;index=1.1;rc=1, <sip:UserB@example.com;cause=302>;index=1.2;mp=1",
        ],
      ),
    );
    assert.deepEqual(
      found.map(({ address, index, cause, change }) => [serialiseUri(address.uri), index, cause, change]),
      [
        ["sip:UserA@ims.example.com", "1", undefined, undefined],
        ["sip:UserA@192.0.2.1", "1.1", undefined, { kind: "rc", of: "1" }],
        ["sip:UserB@example.com;cause=302", "1.2", 302, { kind: "mp", of: "1" }],
      ],
    );
    assert.deepEqual([...(found[0]?.privacy ?? [])], ["history"]);
    assert.deepEqual(found[1]?.reasons, [{ protocol: "SIP", cause: 302, text: "Moved" }]);
  });

  test("an entry without an index, or with a broken one, is no entry", () => {
    const text = "<sip:a@b>, <sip:a@b>;index=1..2, <sip:a@b?Reason=%ZZ>;index=1, <sip:ok@b>;index=2";
    assert.deepEqual(
      historyInfo(message(["History-Info", text])).map(({ index }) => index),
      ["2"],
    );
  });
});

describe("identities", () => {
  test("P-Asserted-Identity: one SIP and one tel URI, as RFC 3325 §9.1 allows", () => {
    const found = assertedIdentities(
      message(
        ["P-Asserted-Identity", '"Cullen Jennings" <sip:fluffy@cisco.com>'],
        ["P-Asserted-Identity", "tel:+14085264000"],
        ["P-Asserted-Identity", "<sip:third@cisco.com>"],
      ),
    );
    assert.deepEqual(
      found.map(({ displayName, uri }) => [displayName, serialiseUri(uri)]),
      [
        ["Cullen Jennings", "sip:fluffy@cisco.com"],
        [undefined, "tel:+14085264000"],
      ],
    );
    assert.deepEqual(preferredIdentities(message()), []);
  });

  test("Remote-Party-ID", () => {
    const value = '"John Doe" <sip:jdoe@foo.com>;party=calling;id-type=subscriber;privacy=full;screen=Yes';
    const [found] = remotePartyIds(message(["Remote-Party-ID", value]));
    assert.equal(found?.address.displayName, "John Doe");
    assert.deepEqual(
      [found?.party, found?.idType, found?.privacy, found?.screen],
      ["calling", "subscriber", "full", "yes"],
    );
  });

  test("Privacy: words between semicolons, of all lines", () => {
    assert.deepEqual(
      [...privacy(message(["Privacy", "Header; user;critical"], ["Privacy", "id"]))],
      ["header", "user", "critical", "id"],
    );
    assert.equal(privacy(message()).size, 0);
    assert.equal(privacy(message(["Privacy", ";;( ),,"])).size, 0);
  });
});

describe("Reason", () => {
  test("the examples of RFC 3326 §2", () => {
    const found = reasons(
      message(
        ["Reason", 'SIP ;cause=200 ;text="Call completed elsewhere"'],
        ["Reason", 'Q.850 ;cause=16 ;text="Terminated", SIP ;cause=600 ;text="Busy, everywhere"'],
        ["Reason", "preemption"],
      ),
    );
    assert.deepEqual(found, [
      { protocol: "SIP", cause: 200, text: "Call completed elsewhere" },
      { protocol: "Q.850", cause: 16, text: "Terminated" },
      { protocol: "SIP", cause: 600, text: "Busy, everywhere" },
      { protocol: "preemption", cause: undefined, text: undefined },
    ]);
  });
});

describe("Call-Info and Alert-Info", () => {
  test("the examples of RFC 3261 §20.4 and §20.9", () => {
    const value =
      "<http://wwww.example.com/alice/photo.jpg> ;purpose=Icon, <http://www.example.com/alice/> ;purpose=info";
    assert.deepEqual(
      callInfo(message(["Call-Info", value])).map(({ uri, purpose }) => [uri, purpose]),
      [
        ["http://wwww.example.com/alice/photo.jpg", "icon"],
        ["http://www.example.com/alice/", "info"],
      ],
    );
    const [alert] = alertInfo(message(["Alert-Info", "<http://www.example.com/sounds/moo.wav>"]));
    assert.equal(alert?.uri, "http://www.example.com/sounds/moo.wav");
  });

  test("what PBXs write instead", () => {
    const written = ["Bellcore-dr2", "<http://127.0.0.1>;info=alert-autoanswer", 'info="Auto Answer"', "<x"];
    assert.deepEqual(
      alertInfo(message(...written.map((value) => ["Alert-Info", value] as const))).map(({ uri, info }) => [
        uri,
        info,
      ]),
      [
        ["Bellcore-dr2", undefined],
        ["http://127.0.0.1", "alert-autoanswer"],
        ["", "Auto Answer"],
        ["<x", undefined],
      ],
    );
  });
});

describe("routes of a registration", () => {
  test("Service-Route (RFC 3608 §6.4.1) and Path (RFC 3327 §5.5.1), in order", () => {
    const answer = message(
      ["Service-Route", "<sip:P2.HOME.EXAMPLE.COM;lr>,\r\n <sip:HSP.HOME.EXAMPLE.COM;lr>"],
      ["Path", "<sip:P3.EXAMPLEHOME.COM;lr>,<sip:P1.EXAMPLEVISITED.COM;lr>"],
    );
    const text = (values: ReturnType<typeof path>) => values.map(({ uri }) => serialiseUri(uri));
    assert.deepEqual(text(serviceRoute(answer)), [
      "sip:p2.home.example.com;lr",
      "sip:hsp.home.example.com;lr",
    ]);
    assert.deepEqual(text(path(answer)), ["sip:p3.examplehome.com;lr", "sip:p1.examplevisited.com;lr"]);
  });

  test("a route with a value that cannot be read is none", () => {
    assert.deepEqual(serviceRoute(message(["Service-Route", "<sip:a;lr>, <sip:"])), []);
  });
});

test("no value makes a reader throw", () => {
  const names = [
    ...["Diversion", "History-Info", "P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID"],
    ...["Privacy", "Reason", "Call-Info", "Alert-Info", "Service-Route", "Path", "Referred-By"],
    ...["Target-Dialog", "Event", "Subscription-State"],
  ];
  const piece = fc.constantFrom(
    ...["<", ">", '"', "\\", ";", ",", "=", "?", "&", "%", "%41", "sip:", "tel:", "a@b", "index=1", " ", "é"],
    ...["cause=", "reason", "Reason=", "Privacy=", "to-tag=x", "cid", "__proto__", "\ud800"],
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join("")),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 3 }), (values) => {
      const all = message(...values.flatMap((value) => names.map((name) => [name, value] as const)));
      for (const read of [
        ...[diversions, historyInfo, assertedIdentities, preferredIdentities, remotePartyIds, privacy],
        ...[reasons, callInfo, alertInfo, serviceRoute, path, referredBy, targetDialog, event],
        subscriptionState,
      ]) {
        read(all);
      }
    }),
    { numRuns: 2_000 },
  );
});

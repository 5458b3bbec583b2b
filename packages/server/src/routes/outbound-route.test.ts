import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  canonicalRoute,
  nextHopOf,
  type OutboundRoute,
  parseOutboundRoute,
  requestHostOf,
} from "./outbound-route.ts";

function route(text: string): OutboundRoute {
  const reading = parseOutboundRoute(text);
  assert.ok(reading.ok, `${text}: ${reading.ok ? "" : reading.reason}`);
  return reading.route;
}

function fault(text: string): number {
  const reading = parseOutboundRoute(text);
  assert.ok(!reading.ok, text);
  assert.match(reading.reason, new RegExp(`^At position ${reading.position} .*\\.$`, "s"));
  return reading.position;
}

describe("parseOutboundRoute", () => {
  it("reads the guide's examples", () => {
    const { text: _, ...bare } = route("sip.example.com");
    assert.deepEqual(bare, { host: "sip.example.com" });
    const tcp = "sip.example.com:6000;transport=tcp";
    assert.deepEqual(route(tcp), { host: "sip.example.com", port: 6000, transport: "tcp", text: tcp });
    assert.deepEqual(route("sip.example.com;proxyAddress=proxy.example.com").proxy, {
      host: "proxy.example.com",
    });
    const proxied = route("sip.example.com;transport=tcp;proxyAddress=proxy.example.com:6000");
    assert.deepEqual([proxied.transport, proxied.proxy], ["tcp", { host: "proxy.example.com", port: 6000 }]);
  });

  it("takes any case and order, IPv4, and IPv6 in brackets", () => {
    const text = "SIP.Example.COM;PROXYADDRESS=[2001:DB8::1]:5070;Transport=TLS";
    assert.deepEqual(route(text), {
      host: "sip.example.com",
      transport: "tls",
      proxy: { host: "2001:db8::1", port: 5070 },
      text,
    });
    assert.equal(route("192.0.2.1:5060").host, "192.0.2.1");
    assert.equal(route("[::ffff:192.0.2.1]").host, "::ffff:192.0.2.1");
    assert.equal(route("pbx").host, "pbx");
    assert.equal(route("3com.example;transport=udp").host, "3com.example");
    assert.equal(route(`${"a".repeat(63)}.b-c.xn--p1ai`).host.length, 76);
  });

  it("says where the first wrong character is", () => {
    const faults: [text: string, position: number][] = [
      ["", 0],
      [" sip.example.com", 0],
      ["sip.example.com ", 15],
      ["sip example.com", 3],
      [":5060", 0],
      [";transport=udp", 0],
      ["sip:sip.example.com", 4],
      ["sip.example.com:", 16],
      ["sip.example.com:0", 16],
      ["sip.example.com:x", 16],
      ["sip.example.com:65536", 20],
      ["sip.example.com:5060x", 20],
      ["sip.example.com:5060:5061", 20],
      ["sip.example.com;", 16],
      ["sip.example.com;;transport=udp", 16],
      ["sip.example.com;foo=bar", 16],
      ["sip.example.com;transpart=udp", 22],
      ["sip.example.com;transport", 25],
      ["sip.example.com;transport:udp", 25],
      ["sip.example.com;transport=", 26],
      ["sip.example.com;transport=sctp", 26],
      ["sip.example.com;transport=tlx", 28],
      ["sip.example.com;transport=udpx", 29],
      ["sip.example.com; transport=udp", 16],
      ["sip.example.com;transport=udp;TRANSPORT=udp", 30],
      ["sip.example.com;transport=udp;proxyAddress=a;x", 45],
      ["sip.example.com;proxyAddress=", 29],
      ["sip.example.com;proxyAddress=a:b", 31],
      ["a..b", 2],
      [".a", 0],
      ["a.", 2],
      ["-a", 0],
      ["a-.b", 2],
      ["a-", 2],
      ["a_b", 1],
      ["bücher.example", 1],
      ["a.1", 3],
      [`${"a".repeat(64)}.b`, 63],
      ["192.0.2.256", 10],
      ["999.1.1.1", 2],
      ["192.0.2", 7],
      ["192.0.2.1.5", 9],
      ["01.2.3.4", 1],
      ["12345", 5],
      ["2001:db8::1", 4],
      ["fe80::1", 5],
      ["::1", 0],
      ["[2001:db8::g]", 11],
      ["[::1", 4],
      ["[1::2::3]", 6],
      ["[]", 1],
      ["[1:2:3]", 6],
      ["[fe80::1%eth0]", 8],
      ["[::1]x", 5],
      ["sip.example.com;lr", 16],
    ];
    for (const [text, position] of faults) assert.equal(fault(text), position, text);
  });

  it("tells those who write a URI, or an IPv6 address without brackets, what to change", () => {
    const reading = parseOutboundRoute("sip:sip.example.com");
    assert.ok(!reading.ok && /without "sip:"/.test(reading.reason));
    const bare = parseOutboundRoute("2001:db8::1");
    assert.ok(!bare.ok && /in brackets\.$/.test(bare.reason));
  });

  it("gives back what was written from its parts, in any case and order", () => {
    const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
    const host = fc.oneof(
      fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    );
    const hop = fc.tuple(host, fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }));
    const written = ([name, port]: [string, number | undefined]) =>
      `${name}${port === undefined ? "" : `:${port}`}`;
    const transport = fc.option(fc.constantFrom("udp", "tcp", "tls"), { nil: undefined });
    fc.assert(
      fc.property(
        hop,
        transport,
        fc.option(hop, { nil: undefined }),
        fc.boolean(),
        fc.func(fc.boolean()),
        (own, by, proxy, swap, up) => {
          const parameters = [
            ...(by === undefined ? [] : [`transport=${by}`]),
            ...(proxy === undefined ? [] : [`proxyAddress=${written(proxy)}`]),
          ];
          if (swap) parameters.reverse();
          const plain = [written(own), ...parameters].join(";");
          const text = [...plain]
            .map((character, at) => (up(at) ? character.toUpperCase() : character))
            .join("");
          const read = route(text);
          const bare = (name: string) => name.replace(/^\[(.*)\]$/, "$1").toLowerCase();
          assert.deepEqual([read.host, read.port, read.transport], [bare(own[0]), own[1], by]);
          assert.deepEqual(
            [read.proxy?.host, read.proxy?.port],
            proxy === undefined ? [undefined, undefined] : [bare(proxy[0]), proxy[1]],
          );
          assert.equal(read.text, text);
          const canonical = canonicalRoute(read);
          assert.equal(canonicalRoute(route(canonical)), canonical, "canonical form is its own");
          assert.equal(canonicalRoute(route(plain)), canonical);
        },
      ),
    );
  });

  it("points at a character that may not stand there, after a beginning that can become a route", () => {
    const alphabet = [
      ..."az09.-:;=[]% T",
      "transport",
      "proxyAddress",
      "udp",
      "tl",
      "::",
      "1.2.3.4",
      "65",
      "[::1]",
    ];
    const junk = fc.array(fc.constantFrom(...alphabet), { maxLength: 9 }).map((pieces) => pieces.join(""));
    const tails = [
      "",
      "a",
      "1",
      "udp",
      "dp",
      "p",
      "s",
      "ls",
      "]",
      ":]",
      "::]",
      "=udp",
      "=a",
      "0.0.0]",
      ".0.0.0",
      ".0.0",
      ".0",
      "0.0.0",
    ];
    const names = ["transport", "proxyAddress"].flatMap((name) =>
      Array.from(name, (_, at) => `${name.slice(at)}=${name === "transport" ? "udp" : "a"}`),
    );
    const groups = Array.from({ length: 8 }, (_, at) =>
      ["0", ":0", ""].map((head) => `${head}${":0".repeat(at)}]`),
    ).flat();
    const completes = (text: string) =>
      [...tails, ...names, ...groups].some((tail) => parseOutboundRoute(text + tail).ok);
    fc.assert(
      fc.property(junk, (text) => {
        const reading = parseOutboundRoute(text);
        if (reading.ok) return;
        const { position } = reading;
        assert.ok(position >= 0 && position <= text.length);
        assert.ok(
          completes(text.slice(0, position)),
          `${text} at ${position}: the beginning is wrong already`,
        );
        if (position < text.length && !isInsideIpv4(text, position))
          assert.ok(!completes(text.slice(0, position + 1)), `${text} at ${position}: that could go on`);
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes no time on long texts", () => {
    for (const text of [
      "a.".repeat(50_000),
      "1".repeat(100_000),
      `[${":".repeat(100_000)}`,
      ";".repeat(100_000),
    ])
      assert.ok(fault(text) <= 254);
  });
});

/** Digits and dots are read as an address from their first character, though letters could make a name of them. */
function isInsideIpv4(text: string, position: number): boolean {
  const start = text.lastIndexOf("=", position) + 1;
  const numeric = /^\d+\.[\d.]*(?=$|[:;])/.exec(text.slice(start))?.[0] ?? "";
  return position < start + numeric.length;
}

describe("canonicalRoute", () => {
  it("is one for the spellings of one route, and another for others", () => {
    const same = (...texts: string[]) =>
      assert.equal(new Set(texts.map((text) => canonicalRoute(route(text)))).size, 1);
    same("SIP.example.com;transport=TCP;proxyaddress=P", "sip.example.com;ProxyAddress=p;TRANSPORT=tcp");
    same("[2001:0db8:0:0::1]", "[2001:DB8::1]");
    same("a:6000;proxyAddress=p", "a;proxyAddress=p", "a:7000;proxyAddress=p");
    const different = [
      "a",
      "a:5060",
      "a;transport=udp",
      "a;transport=tcp",
      "a;proxyAddress=a",
      "a;proxyAddress=a:5060",
      "b",
    ];
    assert.equal(new Set(different.map((text) => canonicalRoute(route(text)))).size, different.length);
  });
});

describe("nextHopOf", () => {
  it("is the proxy where there is one, and then the route's own port counts for nothing", () => {
    const proxied = route("sip.example.com:6000;transport=tcp;proxyAddress=proxy.example.com");
    assert.deepEqual(nextHopOf(proxied), { host: "proxy.example.com", transport: "tcp" });
    assert.equal(requestHostOf(proxied), "sip.example.com");
    assert.deepEqual(nextHopOf(route("sip.example.com:6000")), { host: "sip.example.com", port: 6000 });
    const literal = route("[2001:db8::1]:5070");
    assert.deepEqual(nextHopOf(literal), { host: "2001:db8::1", port: 5070 });
    assert.equal(requestHostOf(literal), "[2001:db8::1]");
    assert.ok(isIPv6(literal.host));
  });
});

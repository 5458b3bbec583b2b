// Calls between two of our user agents with a proxy of others in the path: route sets, transports that change at the proxy,
// CANCEL through it, forks that ring and answer.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import {
  type CallLeg,
  createSipStack,
  type IncomingCall,
  type OutgoingCall,
  type SipStack,
  type TlsOptions,
  type TraceEvent,
} from "@ringdown/sip";
import { type CertificateFiles, openssl, TestAuthority } from "./certificates.ts";
import { type Kamailio, kamailio, kamailioTls, startKamailio } from "./kamailio.ts";
import { findProgram, peerTest } from "./peer.ts";
import { eventually } from "./wait.ts";

type Transport = "udp" | "tcp" | "tls";

/** Certificates of the proxy and of the ends, and who has signed them; made where a test asks for TLS. */
let secure: { authority: TestAuthority; proxy: CertificateFiles; end: CertificateFiles } | undefined;
const proxyName = "proxy.test";
before(() => {
  if (findProgram(openssl.program) === undefined) return;
  const authority = new TestAuthority("Of the proxy and of its users");
  secure = {
    authority,
    proxy: authority.issue(`DNS:${proxyName}`),
    end: authority.issue("DNS:end.test", "IP:127.0.0.1"),
  };
});
after(() => secure?.authority.remove());

function endTls(): TlsOptions {
  if (secure === undefined) return {};
  const { authority, end } = secure;
  return { cert: readFileSync(end.cert), key: readFileSync(end.key), ca: readFileSync(authority.cert) };
}

const params = (transport: Transport): string => (transport === "udp" ? "" : `;transport=${transport}`);

const sdp = (version: number, direction = "sendrecv"): string =>
  [
    ...["v=0", `o=- 1 ${version} IN IP4 127.0.0.1`, "s=-", "c=IN IP4 127.0.0.1", "t=0 0"],
    ...["m=audio 40000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", `a=${direction}`, ""],
  ].join("\r\n");

/** One end: its stack, the calls that came, and the requests it took, by method and whether they had a Route before us. */
class End {
  readonly stack: SipStack;
  readonly calls: IncomingCall[] = [];
  readonly received: string[];
  readonly #transports: ReadonlySet<string>;

  private constructor(stack: SipStack, calls: IncomingCall[], received: string[], transports: Set<string>) {
    this.stack = stack;
    this.calls = calls;
    this.received = received;
    this.#transports = transports;
  }

  /** All that was sent and received went by TLS. */
  get isSecure(): boolean {
    return [...this.#transports].join() === "tls";
  }

  static async open(transport: Transport, onInvite: (call: IncomingCall) => void): Promise<End> {
    const calls: IncomingCall[] = [];
    const received: string[] = [];
    const transports = new Set<string>();
    const stack = await createSipStack({
      listeners: [{ protocol: transport, host: "127.0.0.1", port: 0 }],
      ...(transport === "tls" && { transport: { tls: endTls() } }),
      screen: () => "answer",
      onInvite: (call) => {
        calls.push(call);
        onInvite(call);
      },
      trace: ({ direction, message, flow }: TraceEvent) => {
        transports.add(flow.transport);
        if (direction === "in" && message?.kind === "request")
          received.push(
            `${message.method} ${message.headers.getAll("Via").join().split("SIP/2.0/").length - 1}`,
          );
      },
    });
    return new End(stack, calls, received, transports);
  }

  get port(): number {
    return this.stack.transport.bound[0]?.port ?? 0;
  }

  uri(transport: Transport): string {
    return `sip:end@127.0.0.1:${this.port}${params(transport)}`;
  }

  invite(
    proxy: Kamailio,
    over: Transport,
    requestUri: string,
    headers: [string, string][] = [],
  ): OutgoingCall {
    const port = over === "tls" ? proxy.tlsPort : proxy.port;
    const route = `<sip:127.0.0.1:${port}${params(over)};lr>`;
    return this.stack.userAgent.invite({
      ...{ requestUri, from: "<sip:caller@127.0.0.1>", to: `<${requestUri}>`, sdp: sdp(1) },
      target: {
        transport: over,
        address: "127.0.0.1",
        port,
        ...(over === "tls" && { serverName: proxyName }),
      },
      headers: [["Route", route], ...headers],
    });
  }

  /** Nothing is left once the last transaction's time is over; calls are gone at once. */
  async assertNoCalls(): Promise<void> {
    await eventually("all calls are gone", () => this.stack.userAgent.stateSize().dialogs === 0);
  }
}

async function withEnds(
  transports: readonly Transport[],
  onInvite: (call: IncomingCall, index: number) => void,
  play: (proxy: Kamailio, ends: readonly End[]) => Promise<void>,
): Promise<void> {
  const { authority, proxy: certificate } = secure ?? {};
  const isSecure = transports.includes("tls") && authority !== undefined && certificate !== undefined;
  const tls = isSecure ? { tls: { ...certificate, ca: authority.cert } } : {};
  const proxy = await startKamailio([], "proxy", tls);
  const ends: End[] = [];
  try {
    for (const [index, transport] of transports.entries()) {
      ends.push(await End.open(transport, (call) => onInvite(call, index)));
    }
    await play(proxy, ends);
  } finally {
    for (const end of ends) await end.stack.close();
    await proxy.stop();
  }
}

const answered = (call: OutgoingCall): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    call.onAnswered = resolve;
    call.onEnded = ({ status, cause }) => reject(new Error(`ended: ${cause} ${status}`));
  });
const ended = (leg: CallLeg): Promise<{ by: string; cause: string; status?: number }> =>
  new Promise((resolve) => {
    leg.onEnded = resolve;
  });

for (const [from, to] of [
  ["udp", "udp"],
  ["tcp", "tcp"],
  ["tcp", "udp"],
  ["udp", "tcp"],
  ["tls", "tls"],
  ["tls", "udp"],
  ["tcp", "tls"],
] as const) {
  const isSecure = from === "tls" || to === "tls";
  peerTest(
    `Kamailio in the path, ${from} to ${to}: every request goes through it`,
    { peers: isSecure ? [kamailio, kamailioTls, openssl] : [kamailio] },
    () =>
      withEnds(
        [from, to],
        (call, index) => {
          if (index === 0) return;
          call.ring();
          call.accept(sdp(1));
        },
        async (proxy, [caller, callee]) => {
          assert.ok(caller && callee);
          const call = caller.invite(proxy, from, callee.uri(to));
          assert.match((await answered(call)) ?? "", /m=audio/);
          const leg = callee.calls[0];
          assert.ok(leg !== undefined);
          await eventually("the ACK", () => callee.received.some((line) => line.startsWith("ACK")));

          // Hold from the caller, resume from the callee, keys from both.
          leg.onReinvite = (offer, reply) => {
            assert.match(offer ?? "", /a=sendonly/);
            reply.accept(sdp(2, "recvonly"));
          };
          const held = new Promise((resolve) => {
            call.onReinviteAnswer = resolve;
          });
          call.reinvite(sdp(2, "sendonly"));
          assert.deepEqual(await held, { ok: true, sdp: sdp(2, "recvonly") });
          call.onReinvite = (_offer, reply) => reply.accept(sdp(3));
          const resumed = new Promise((resolve) => {
            leg.onReinviteAnswer = resolve;
          });
          leg.reinvite(sdp(3));
          assert.deepEqual(await resumed, { ok: true, sdp: sdp(3) });
          const keys: string[] = [];
          leg.onInfo = (type, body) => keys.push(`callee ${type} ${body}`);
          call.onInfo = (type, body) => keys.push(`caller ${type} ${body}`);
          call.sendInfo("application/dtmf-relay", "Signal=5");
          leg.sendInfo("application/dtmf-relay", "Signal=6");
          await eventually("both keys", () => keys.length === 2);
          assert.deepEqual(keys.sort(), [
            "callee application/dtmf-relay Signal=5",
            "caller application/dtmf-relay Signal=6",
          ]);
          const end = ended(call);
          leg.hangUp();
          assert.deepEqual(await end, { by: "remote", cause: "bye" });
          await caller.assertNoCalls();
          await callee.assertNoCalls();
          if (from === "tls") assert.ok(caller.isSecure, "each message of the caller's came by TLS");
          if (to === "tls") assert.ok(callee.isSecure, "each message of the callee's came by TLS");
          // Two Vias: ours and the proxy's. One would be a request that went past it.
          const direct = [...caller.received, ...callee.received].filter((line) => !line.endsWith(" 2"));
          assert.deepEqual(direct, []);
          assert.deepEqual(
            callee.received.map((line) => line.split(" ")[0]).filter((method) => method !== "ACK"),
            ["INVITE", "INVITE", "INFO"],
          );
        },
      ),
  );
}

peerTest("Kamailio in the path: CANCEL while it rings, refusal, nobody there", { peers: [kamailio] }, () =>
  withEnds(
    ["udp", "udp"],
    (call) => (call.request.headers.get("Subject") === "refuse" ? call.reject(486) : call.ring()),
    async (proxy, [caller, callee]) => {
      assert.ok(caller && callee);
      const cancelled = caller.invite(proxy, "udp", callee.uri("udp"));
      await new Promise<void>((resolve) => {
        cancelled.onProgress = () => resolve();
      });
      const leg = callee.calls[0];
      assert.ok(leg !== undefined);
      const theirs = ended(leg);
      cancelled.hangUp();
      assert.deepEqual(await theirs, { by: "remote", cause: "cancelled", status: 487 });
      const refused = caller.invite(proxy, "udp", callee.uri("udp"), [["Subject", "refuse"]]);
      assert.equal((await ended(refused)).status, 486);
      const nobody = caller.invite(proxy, "tcp", `sip:nobody@127.0.0.1:1;transport=tcp`);
      assert.ok([477, 500, 503, 408].includes((await ended(nobody)).status ?? 0));
      await caller.assertNoCalls();
      await callee.assertNoCalls();
    },
  ),
);

peerTest("Kamailio forks: both ring, one answers, the other is cancelled", { peers: [kamailio] }, () =>
  withEnds(
    ["udp", "udp", "tcp"],
    (call) => call.ring(),
    async (proxy, [caller, one, other]) => {
      assert.ok(caller && one && other);
      const call = caller.invite(proxy, "udp", one.uri("udp"), [["X-Fork", other.uri("tcp")]]);
      await eventually("both ring", () => one.calls.length + other.calls.length === 2);
      const loser = one.calls[0];
      assert.ok(loser !== undefined);
      const lost = ended(loser);
      const answer = answered(call);
      other.calls[0]?.accept(sdp(7));
      assert.equal(await answer, sdp(7));
      assert.equal((await lost).cause, "cancelled");
      call.onEnded = undefined;
      call.hangUp();
      for (const end of [caller, one, other]) await end.assertNoCalls();
    },
  ),
);

peerTest(
  "Kamailio forks: both answer at once; one call stands and both ends know",
  { peers: [kamailio] },
  () =>
    withEnds(
      ["udp", "udp", "udp"],
      // No ringing first: both 200 are on their way before a CANCEL can be.
      (call) => call.accept(sdp(1)),
      async (proxy, [caller, one, other]) => {
        assert.ok(caller && one && other);
        const call = caller.invite(proxy, "udp", one.uri("udp"), [["X-Fork", other.uri("udp")]]);
        await answered(call);
        const standing = () =>
          [...one.calls, ...other.calls].filter((leg) => leg.state === "confirmed").length;
        await eventually("one of the two is let go", () => {
          const both = one.calls.length + other.calls.length === 2;
          return both && standing() === 1;
        });
        assert.equal(call.state, "confirmed");
        call.onEnded = undefined;
        call.hangUp();
        for (const end of [caller, one, other]) await end.assertNoCalls();
      },
    ),
);

// Our user agent registers at Kamailio by TLS and by WebSocket, plain and secure, over IPv4 and IPv6.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe } from "node:test";
import {
  createSipStack,
  RegistrationRunner,
  type RegistrationState,
  type SendTarget,
  type SipStack,
  type TlsOptions,
} from "@ringdown/sip";
import { type CertificateFiles, openssl, TestAuthority } from "./certificates.ts";
import { type Kamailio, kamailio, kamailioTls, kamailioWebSocket, startKamailio } from "./kamailio.ts";
import { peerTest } from "./peer.ts";
import { eventually } from "./wait.ts";

const peers = [kamailio, kamailioTls, kamailioWebSocket, openssl];

/** A phone: one stack with one registration. */
class Phone {
  readonly stack: SipStack;
  readonly registration: RegistrationRunner;
  readonly #target: SendTarget;
  #state: RegistrationState | undefined;
  #waiting: (() => void)[] = [];

  private constructor(stack: SipStack, target: SendTarget) {
    this.stack = stack;
    this.#target = target;
    this.registration = new RegistrationRunner(
      {
        ...{ aor: "sip:1001@pbx.test", contactUser: "unguessable", keepAlive: "none" },
        credentials: () => ({ username: "1001", password: "secret1001" }),
      },
      {
        userAgent: stack.userAgent,
        now: () => performance.now(),
        random: Math.random,
        randomToken: (bytes) => crypto.getRandomValues(Buffer.alloc(bytes)).toString("hex"),
        contactFor: () => ({ host: target.address, port: stack.transport.bound[0]?.port ?? 0 }),
        setTimer: (ms, action) => {
          const timer = setTimeout(action, ms);
          return () => clearTimeout(timer);
        },
        resolve: async () => [target],
        onState: (state) => {
          this.#state = state;
          for (const wake of this.#waiting.splice(0)) wake();
        },
      },
    );
  }

  static async open(target: SendTarget, tls: TlsOptions): Promise<Phone> {
    const stack = await createSipStack({
      listeners: [{ protocol: "udp", host: target.address, port: 0 }],
      transport: { tls },
      screen: () => "answer",
      onInvite: (call) => call.reject(480),
    });
    const phone = new Phone(stack, target);
    phone.registration.start();
    return phone;
  }

  /** The first state that is like that, also one that stands already. */
  async until(wanted: (state: RegistrationState) => boolean): Promise<RegistrationState> {
    while (this.#state === undefined || !wanted(this.#state))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#state;
  }

  /** Status of a request by the same way. */
  async ask(method: string, body?: string): Promise<number> {
    const { status } = await this.stack.userAgent.request({
      ...{ method, requestUri: "sip:1001@pbx.test", to: "<sip:1001@pbx.test>", from: "<sip:1001@pbx.test>" },
      ...{ target: this.#target, credentials: () => ({ username: "1001", password: "secret1001" }) },
      ...(body !== undefined && { body, contentType: "text/plain" }),
    }).result;
    return status;
  }

  async close(): Promise<void> {
    await this.registration.stop(500);
    await this.stack.close();
  }
}

describe("Kamailio, encrypted", () => {
  let authority: TestAuthority;
  let certificate: CertificateFiles;
  const running: Kamailio[] = [];

  before(() => {
    authority = new TestAuthority("The PBX's authority");
    certificate = authority.issue("DNS:pbx.test", "IP:127.0.0.1", "IP:::1");
  });
  after(async () => {
    for (const one of running) await one.stop();
    authority.remove();
  });

  async function start(address = "127.0.0.1", requireClients = false): Promise<Kamailio> {
    const tls = { ...certificate, ca: authority.cert, requireClients };
    const started = await startKamailio([], "registrar", { address, tls });
    running.push(started);
    return started;
  }

  for (const address of ["127.0.0.1", "::1"]) {
    for (const transport of ["tls", "ws", "wss"] as const) {
      peerTest(`register, send, unregister by ${transport} on ${address}`, { peers }, async () => {
        const registrar = await start(address);
        const port = transport === "ws" ? registrar.port : registrar.tlsPort;
        const target: SendTarget = { transport, address, port, serverName: "pbx.test", path: "/sip" };
        const phone = await Phone.open(target, { ca: readFileSync(authority.cert) });
        try {
          const { lastCode } = await phone.until(({ state }) => state !== "registering");
          assert.equal(lastCode, 200);
          assert.equal(await phone.ask("OPTIONS"), 200, "the registrar holds it");
          assert.equal(await phone.ask("MESSAGE", "x".repeat(3_000)), 200);
          // Both ways of keeping it alive are answered: a CRLF (RFC 5626 §4.4.1), a WebSocket's own pong.
          phone.stack.transport.send(target, Buffer.from("\r\n\r\n"));
          await eventually("the pong", () => phone.stack.transport.counters.keepalives === 1);
          await phone.registration.stop();
          assert.equal(phone.registration.state.state, "unregistered");
          assert.equal(await phone.ask("OPTIONS"), 404);
          assert.equal(phone.stack.transport.counters.connectionsOpened, 1, "all by one connection");
        } finally {
          await phone.close();
        }
      });
    }
  }

  peerTest(
    "a registrar of another name, or of an authority that nobody knows, gets no REGISTER",
    { peers },
    async () => {
      const registrar = await start();
      const place = { transport: "tls", address: "127.0.0.1", port: registrar.tlsPort } as const;
      for (const [serverName, ca] of [
        ["other.test", readFileSync(authority.cert)],
        ["pbx.test", undefined],
      ] as const) {
        const phone = await Phone.open({ ...place, serverName }, ca === undefined ? {} : { ca });
        try {
          const { fault } = await phone.until(({ state }) => state === "unreachable");
          assert.equal(fault, "connection_failed");
          assert.equal(phone.stack.transport.counters.streamMessagesReceived, 0);
        } finally {
          await phone.close();
        }
      }
    },
  );

  peerTest("a registrar that asks for a client's certificate gets ours", { peers }, async () => {
    const registrar = await start("127.0.0.1", true);
    const target: SendTarget = {
      ...{ transport: "tls", address: "127.0.0.1", port: registrar.tlsPort, serverName: "pbx.test" },
    };
    const own = authority.issue("DNS:phone.test");
    const ca = readFileSync(authority.cert);
    const known = await Phone.open(target, { ca, cert: readFileSync(own.cert), key: readFileSync(own.key) });
    const unknown = await Phone.open(target, { ca });
    try {
      await known.until(({ state }) => state === "registered");
      await unknown.until(({ state }) => state === "unreachable");
    } finally {
      await known.close();
      await unknown.close();
    }
  });
});

// Registration and digest against a registrar that others wrote.
import assert from "node:assert/strict";
import {
  createSipStack,
  type RegistrationConfig,
  RegistrationRunner,
  type RegistrationState,
  type SendTarget,
  type SipStack,
} from "@ringdown/sip";
import { kamailio, startKamailio } from "./kamailio.ts";
import { peerTest } from "./peer.ts";

const credentials = () => ({ username: "1001", password: "secret1001" });

interface Scene {
  readonly stack: SipStack;
  readonly target: SendTarget;
  readonly sent: string[];
  runner(config?: Partial<RegistrationConfig>): RegistrationRunner;
  /** Resolves at the first state that is like that, also one that stands already. */
  until(wanted: (state: RegistrationState) => boolean): Promise<RegistrationState>;
  isBound(): Promise<boolean>;
}

async function withScene(
  transport: "udp" | "tcp",
  defines: readonly string[],
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const peer = await startKamailio(defines);
  const sent: string[] = [];
  const stack = await createSipStack({
    listeners: [{ protocol: transport, host: "127.0.0.1", port: 0 }],
    screen: () => "answer",
    onInvite: (call) => call.reject(480),
    trace: ({ direction, message }) => {
      if (direction === "out" && message?.kind === "request") sent.push(message.method);
    },
  });
  const target: SendTarget = { transport, address: "127.0.0.1", port: peer.port };
  let state: RegistrationState | undefined;
  let waiting: (() => void)[] = [];
  const scene: Scene = {
    ...{ stack, target, sent },
    runner: (config) =>
      new RegistrationRunner(
        { aor: "sip:1001@pbx.test", contactUser: "unguessable", credentials, keepAlive: "none", ...config },
        {
          userAgent: stack.userAgent,
          now: () => performance.now(),
          random: Math.random,
          randomToken: (bytes) => crypto.getRandomValues(Buffer.alloc(bytes)).toString("hex"),
          contactFor: () => ({ host: "127.0.0.1", port: stack.transport.bound[0]?.port ?? 0 }),
          setTimer: (after, action) => {
            const timer = setTimeout(action, after);
            return () => clearTimeout(timer);
          },
          resolve: async () => [target],
          onState: (next) => {
            state = next;
            for (const one of waiting.splice(0)) one();
          },
        },
      ),
    until: async (wanted) => {
      while (state === undefined || !wanted(state)) {
        await new Promise<void>((resolve) => {
          waiting = [...waiting, resolve];
        });
      }
      return state;
    },
    isBound: async () => {
      const { status } = await stack.userAgent.request({
        ...{ method: "OPTIONS", requestUri: "sip:1001@pbx.test", to: "<sip:1001@pbx.test>" },
        ...{ from: "<sip:probe@pbx.test>", target },
      }).result;
      assert.ok(status === 200 || status === 404, `status ${status}`);
      return status === 200;
    },
  };
  try {
    await play(scene);
  } finally {
    await stack.close();
    await peer.stop();
  }
}

for (const [transport, algorithm, defines] of [
  ["udp", "MD5", []],
  ["tcp", "MD5", []],
  ["udp", "SHA-256", ["WITH_SHA256"]],
] as const) {
  peerTest(`Kamailio: register and unregister, ${transport}, ${algorithm}`, { peers: [kamailio] }, () =>
    withScene(transport, defines, async ({ runner, until, isBound, sent }) => {
      const registration = runner();
      registration.start();
      const { expiresAt, lastCode } = await until(({ state }) => state === "registered");
      assert.equal(lastCode, 200);
      assert.ok(expiresAt !== undefined && expiresAt > performance.now() + 500_000);
      assert.deepEqual(sent, ["REGISTER", "REGISTER"]);
      assert.equal(await isBound(), true);
      await registration.stop();
      assert.equal(registration.state.state, "unregistered");
      assert.equal(await isBound(), false);
    }),
  );
}

peerTest("Kamailio: refreshed in time, also with nonces that are stale by then", { peers: [kamailio] }, () =>
  withScene("udp", ["WITH_BRIEF"], async ({ runner, until, isBound, sent }) => {
    const registration = runner();
    registration.start();
    const first = await until(({ state }) => state === "registered");
    const later = (first.expiresAt ?? 0) + 4_000;
    const last = await until(({ state, expiresAt }) => state !== "registered" || (expiresAt ?? 0) > later);
    assert.equal(last.state, "registered");
    assert.ok(sent.length >= 4);
    assert.equal(await isBound(), true);
    await registration.stop();
  }),
);

peerTest("Kamailio: a wrong password is rejected, and said to be that", { peers: [kamailio] }, () =>
  withScene("udp", [], async ({ runner, until, isBound, sent }) => {
    const registration = runner({ credentials: () => ({ username: "1001", password: "wrong" }) });
    registration.start();
    const { fault, lastCode } = await until(({ state }) => state === "rejected");
    assert.equal(fault, "wrong_password");
    assert.equal(lastCode, 401);
    assert.equal(sent.length, 2);
    assert.equal(await isBound(), false);
    registration.configure({ credentials });
    await until(({ state }) => state === "registered");
    await registration.stop();
  }),
);

peerTest(
  "Kamailio: INVITE past its 407, and MESSAGE past a challenge without qop",
  { peers: [kamailio] },
  () =>
    withScene("udp", [], async ({ stack, target, sent }) => {
      const call = stack.userAgent.invite({
        ...{ requestUri: "sip:1002@pbx.test", to: "<sip:1002@pbx.test>", from: "<sip:1001@pbx.test>" },
        ...{ target, credentials },
      });
      const ended = await new Promise<{ status?: number }>((resolve) => {
        call.onEnded = resolve;
      });
      assert.equal(ended.status, 486);
      assert.deepEqual(sent, ["INVITE", "ACK", "INVITE", "ACK"]);
      const { status } = await stack.userAgent.request({
        ...{
          method: "MESSAGE",
          requestUri: "sip:pbx.test",
          to: "<sip:1001@pbx.test>",
          from: "<sip:1001@pbx.test>",
        },
        ...{ target, credentials, body: "hello", contentType: "text/plain" },
      }).result;
      assert.equal(status, 200);
    }),
);

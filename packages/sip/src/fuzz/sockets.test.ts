import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import type { TransportName } from "../environment.ts";
import { createSipStack, type SipStack, type SipStackOptions } from "../stack.ts";
import { Authority } from "../transport/tls-test-kit.ts";
import { sdp } from "../user-agent/agent-test-kit.ts";
import type { CallLeg } from "../user-agent/call.ts";
import { Dice, seedOf } from "./dice.ts";
import { assault, attack, serverWrites } from "./socket-attack.ts";

/** What is sent follows from it; in which order it arrives does not. */
const seed = Number(process.env.RINGDOWN_FUZZ_SEED ?? 3261);
const attacks = Number(process.env.RINGDOWN_SOCKET_ATTACKS ?? 500);
const atOnce = 50;

const transports = ["udp", "tcp", "tls", "ws", "wss"] as const;
const authority = new Authority();
/** SIP's times, and those of connections, made short. Bound to loopback, so that no address in a message leads out. */
const brisk: Omit<SipStackOptions, "screen" | "onInvite"> = {
  listeners: transports.map((protocol) => ({ protocol, host: "127.0.0.1", port: 0 })),
  timers: { t1: 10, t2: 40, t4: 50 },
  limits: { transactions: 300, dialogs: 100, ignored: 50 },
};
const briskTransport = {
  tls: { ...authority.issue(["pbx.example.com"]), ca: authority.cert },
  maxConnections: 120,
  maxConnectionsPerSource: 110,
  ...{ firstMessageTimeoutMs: 300, messageTimeoutMs: 300, handshakeTimeoutMs: 300, idleTimeoutMs: 600 },
  ...{ connectTimeoutMs: 600, maxBufferedBytes: 200_000 },
};

/** Takes calls as the dice will have it, and keeps what went wrong. */
class Victim {
  readonly faults: unknown[] = [];
  readonly calls = new Set<CallLeg>();
  readonly #dice = new Dice(seed);
  stack!: SipStack;

  static async open(): Promise<Victim> {
    const victim = new Victim();
    victim.stack = await createSipStack({
      ...brisk,
      transport: { ...briskTransport, onSinkError: (error) => victim.faults.push(error) },
      screen: () => "answer",
      reliableProvisionals: "when-supported",
      replaces: true,
      onError: (error) => victim.faults.push(error),
      onRefer: (refer) => refer.reject(603),
      onInvite: (call) => {
        const dice = victim.#dice;
        victim.calls.add(call);
        call.onEnded = () => victim.calls.delete(call);
        call.onReinvite = (_offer, reply) => reply.accept(sdp);
        const choice = dice.below(8);
        if (choice === 0) call.ignore();
        else if (choice === 1) call.turnAway(486);
        else {
          call.ring({ ...(dice.oneIn(2) && { sdp }) });
          if (dice.oneIn(2)) call.accept(sdp);
        }
      },
    });
    return victim;
  }

  port(transport: string): number {
    return this.stack.transport.bound.find(({ protocol }) => protocol === transport)?.port ?? 0;
  }

  /** Hangs up what there is, and waits until nothing of anybody is left. */
  async atRest(): Promise<void> {
    for (;;) {
      for (const call of this.calls) call.hangUp();
      const { timers: _, ...left } = this.stack.userAgent.stateSize();
      const connections = this.stack.transport.connections;
      if (connections === 0 && Object.values(left).every((size) => size === 0)) return;
      // Nobody tells of state that goes; the test's own time limit is what ends this in vain.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  assertUnharmed(): void {
    assert.deepEqual(this.faults, []);
    assert.equal(this.stack.userAgent.counters.handlerErrors, 0);
    assert.equal(this.stack.transport.counters.sinkErrors, 0);
  }
}

/** A server that says what the dice will have it say to the first that comes. */
class Hostile {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(transport: TransportName, dice: Dice) {
    const isWebSocket = transport === "ws" || transport === "wss";
    const onSocket = (socket: Socket): void => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("data", (bytes: Buffer) => {
        void assault(socket, serverWrites(isWebSocket ? bytes.toString("latin1") : undefined, dice), dice);
      });
    };
    const isTls = transport === "tls" || transport === "wss";
    this.#server = isTls ? createTlsServer(briskTransport.tls, onSocket) : createTcpServer(onSocket);
    this.#server.on("tlsClientError", () => {});
  }

  static async listen(transport: TransportName, dice: Dice): Promise<Hostile> {
    const hostile = new Hostile(transport, dice);
    hostile.#server.listen(0, "127.0.0.1");
    await once(hostile.#server, "listening");
    return hostile;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

async function ask(stack: SipStack, transport: (typeof transports)[number], port: number): Promise<number> {
  const answer = stack.userAgent.request({
    ...{ method: "OPTIONS", requestUri: "sip:127.0.0.1", from: "<sip:a@127.0.0.1>", to: "<sip:127.0.0.1>" },
    target: { transport, address: "127.0.0.1", port, serverName: "pbx.example.com" },
  });
  return (await answer.result).status;
}

test(`${attacks} attacks on the sockets of a stack leave it unharmed, empty and at work`, {
  timeout: 60_000,
}, async (t) => {
  const victim = await Victim.open();
  t.after(() => victim.stack.close());
  const friend = await createSipStack({
    ...brisk,
    ...{ transport: briskTransport, screen: () => "drop", onInvite: (call) => call.ignore() },
  });
  t.after(() => friend.close());
  let next = 0;
  const attacker = async (): Promise<void> => {
    for (let step = next++; step < attacks; step = next++) {
      const dice = new Dice(seedOf(seed, step));
      const transport = dice.pick(transports);
      await attack(transport, victim.port(transport), dice);
      assert.ok(victim.stack.transport.connections <= briskTransport.maxConnections);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, attacker));
  await victim.atRest();
  victim.assertUnharmed();
  const { counters } = victim.stack.transport;
  const { malformed, received } = victim.stack.userAgent.counters;
  // It came to something: connections of each outcome, messages of each kind.
  for (const count of [counters.connectionsAccepted, counters.handshakeFailures, counters.framingErrors])
    assert.ok(count > 10, JSON.stringify(counters));
  assert.ok(malformed > 50 && received - malformed > 20, `${malformed} malformed of ${received}`);
  for (const transport of transports)
    assert.equal(await ask(friend, transport, victim.port(transport)), 200, transport);
});

test("servers that answer anything at all to what we send harm nobody", { timeout: 60_000 }, async (t) => {
  const victim = await Victim.open();
  t.after(() => victim.stack.close());
  await Promise.all(
    (["tcp", "tls", "ws", "wss"] as const).flatMap((transport, round) =>
      Array.from({ length: 25 }, async (_, number) => {
        const server = await Hostile.listen(transport, new Dice(seedOf(seed + 1, 100 * round + number)));
        const status = await ask(victim.stack, transport, server.port);
        assert.ok(status >= 200, `${transport}: ${status}`);
        await server.close();
      }),
    ),
  );
  await victim.atRest();
  victim.assertUnharmed();
});

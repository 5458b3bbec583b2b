import type { Environment, Flow } from "../environment.ts";
import { StreamFramer } from "../message/stream-framer.ts";
import { randomHex } from "../simulation/random.ts";
import { UserAgent } from "../user-agent/user-agent.ts";
import { Dice } from "./dice.ts";
import { mutate } from "./mutate.ts";
import { recordedMessages } from "./recorded.ts";
import { SessionApplication } from "./session-application.ts";
import { SessionPeer } from "./session-peer.ts";
import { type FuzzTarget, hold } from "./target.ts";
import { sipJoints, sipWords } from "./words.ts";

const flows: readonly Flow[] = [
  {
    transport: "udp",
    localAddress: "192.0.2.1",
    localPort: 5060,
    remoteAddress: "192.0.2.9",
    remotePort: 5060,
  },
  {
    transport: "tcp",
    localAddress: "192.0.2.1",
    localPort: 5060,
    remoteAddress: "192.0.2.9",
    remotePort: 40_000,
    connectionId: 7,
  },
];
/** Bytes of a program that say one step: what is done, and the seed of how. */
const stepBytes = 3;
const longestProgram = 3 * 120;
const limits = { transactions: 60, dialogs: 20, ignored: 20 };
/** Sent at once for one message or command: more would make an amplifier of us. */
const mostAtOnce = 40;

/**
 * A whole user agent, its application and a hostile peer, all led by the bytes: three for each step. Whatever they do,
 * no exception escapes, tables stay within their limits, and after some time nothing is left.
 */
export const sessionTarget: FuzzTarget = {
  name: "session",
  unit: stepBytes,
  material: { words: [Buffer.from([0, 1, 1]), Buffer.from([3, 0, 0])], joints: "\0\x01\x02\x03\x04\x05" },
  seeds() {
    const dice = new Dice(3);
    return Array.from({ length: 40 }, () => dice.bytes(stepBytes * (5 + dice.below(60))));
  },
  run(bytes) {
    return new Session().run(bytes.subarray(0, longestProgram));
  },
};

class Session {
  readonly #agent: UserAgent;
  readonly #application = new SessionApplication(() => this.#dice);
  readonly #peer = new SessionPeer();
  /** Set anew for each step. */
  #dice = new Dice(0);
  #pool: readonly Buffer[] | undefined;
  #now = 0;
  #alarm: number | undefined;
  #sent = 0;
  /** Methods and statuses that were sent. */
  readonly #said = new Set<string>();
  /** Sends that may still turn out to have failed. */
  readonly #failures: ((error: Error) => void)[] = [];

  constructor() {
    const tokens = new Dice(1);
    const random = () => tokens.below(2 ** 31) / 2 ** 31;
    const environment: Environment = {
      now: () => this.#now,
      random,
      randomToken: (bytes) => randomHex(random, bytes),
      send: (_to, bytes, onError) => this.#send(bytes, onError),
      setAlarm: (at) => {
        this.#alarm = at;
      },
    };
    this.#agent = new UserAgent({
      ...this.#application.handlers,
      environment,
      limits,
      contactFor: () => ({ host: "192.0.2.1", port: 5060 }),
      screen: () => (this.#dice.oneIn(10) ? "drop" : "answer"),
      extraMethods: ["MESSAGE"],
      reliableProvisionals: "when-supported",
      replaces: true,
    });
  }

  run(program: Buffer): string {
    for (let at = 0; at + stepBytes <= program.length; at += stepBytes) {
      const [action = 0, high = 0, low = 0] = program.subarray(at, at + stepBytes);
      this.#dice = new Dice(high * 256 + low);
      this.#sent = 0;
      this.#step(action % 16);
      hold(this.#sent <= mostAtOnce, "one step makes a bounded number of messages");
      const size = this.#agent.stateSize();
      hold(size.dialogs <= 2 * limits.dialogs, "calls and subscriptions stay within their limits");
      hold(size.serverTransactions <= 2 * limits.transactions, "transactions stay within twice their limit");
      hold(size.ignored <= limits.ignored, "ignored INVITEs stay within their limit");
    }
    const { calls } = this.#application;
    const states = calls.map((call) => call.state);
    for (const call of calls) call.hangUp();
    this.#pass(1_000_000);
    for (const [what, size] of Object.entries(this.#agent.stateSize()))
      hold(size === 0, `no ${what} are left`);
    hold(this.#application.ended === calls.length, "each call is told to have ended");
    hold(this.#agent.counters.handlerErrors === 0, "no handler fails");
    return [...new Set(states), ...this.#said].sort().join(" ");
  }

  #step(action: number): void {
    const dice = this.#dice;
    switch (action) {
      case 0:
      case 1:
        this.#deliver(this.#peer.invite(dice));
        return;
      case 2:
      case 3:
      case 4:
        this.#deliver(this.#peer.inside(dice));
        return;
      case 5:
        this.#deliver(this.#peer.again(dice));
        return;
      case 6:
      case 7:
      case 8:
        this.#deliver(this.#peer.answer(dice));
        return;
      case 9:
        this.#deliver(this.#peer.stray(dice));
        return;
      case 10:
        if (this.#agent.stateSize().dialogs < limits.dialogs) this.#application.start(this.#agent);
        return;
      case 11:
        this.#agent.connectionClosed(dice.pick(flows));
        return;
      case 12:
        this.#pass(dice.pick([1, 400, 600, 4_000, 33_000, 200_000]));
        return;
      case 13:
        this.#failures.pop()?.(new Error("broken"));
        return;
      default:
        this.#application.command();
    }
  }

  /** As it is, or changed by some bytes. */
  #deliver(bytes: Buffer): void {
    const dice = this.#dice;
    let changed = bytes;
    if (dice.oneIn(3)) {
      this.#pool ??= [bytes, ...recordedMessages().slice(0, 20)];
      changed = mutate(bytes, dice, { pool: this.#pool, words: sipWords, joints: sipJoints });
    }
    this.#agent.receive(Buffer.from(changed), dice.oneIn(4) ? dice.pick(flows) : (flows[0] as Flow));
  }

  /** Time passes as far as there is something to do in it. */
  #pass(ms: number): void {
    const until = this.#now + ms;
    for (let wakes = 0; this.#alarm !== undefined && this.#alarm <= until; wakes++) {
      hold(wakes < 20_000, "a user agent comes to rest");
      this.#now = Math.max(this.#now, this.#alarm);
      this.#sent = 0;
      this.#agent.wake();
    }
    this.#now = until;
    this.#sent = 0;
  }

  #send(bytes: Buffer, onError: ((error: Error) => void) | undefined): void {
    this.#sent++;
    const framer = new StreamFramer({ headerBytes: 1_000_000, bodyBytes: 1_000_000 });
    const outputs = framer.push(bytes);
    const isOne = outputs.length === 1 && outputs[0]?.type === "message" && !framer.pending;
    hold(isOne, "what is sent is one message");
    this.#said.add(bytes.toString("latin1", 0, 12).replace(/ sip:.*/, ""));
    this.#peer.hear(bytes);
    if (onError !== undefined && this.#dice.oneIn(30)) this.#failures.push(onError);
  }
}

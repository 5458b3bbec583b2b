import type { NetworkConditions } from "../network.ts";
import { Draw, seedFor } from "../random.ts";
import type {
  Action,
  CallAction,
  CalleePlan,
  Deed,
  Link,
  Name,
  Phone,
  RingPlan,
  Scenario,
  Side,
} from "./scenario.ts";
import { othersIn } from "./scenario.ts";

const minute = 60_000;
const hour = 60 * minute;

type Many<T> = readonly [T, ...T[]];

/** Draws one scenario: endpoints, links, and what is done when. */
export function drawScenario(seed: number): Scenario {
  return new ScenarioDraw(seed).scenario();
}

class ScenarioDraw {
  readonly #seed: number;
  readonly #draw: Draw;
  readonly #names: Many<Name>;
  readonly #phones: readonly Phone[];
  readonly #hasProxy: boolean;
  readonly #hasRegistrar: boolean;
  readonly #hasNotifier: boolean;
  readonly #actions: Action[] = [];
  /** Whether the network may be cut, connections reset and endpoints restarted. */
  readonly #isRough: boolean;

  constructor(seed: number) {
    this.#seed = seed;
    const draw = new Draw(seedFor(seed, "scenario"));
    this.#draw = draw;
    this.#names = ["a", "b", ...["c", "d"].slice(0, draw.pick([0, 0, 1, 1, 2]))];
    this.#phones = this.#names.map((name) => ({
      name,
      reliable: draw.pick(["when-supported", "when-required", "when-required", "never"]),
      interval: draw.pick([1_800, 1_800, 300, 90, undefined]),
    }));
    this.#hasProxy = draw.chance(0.4);
    this.#hasRegistrar = draw.chance(0.2) && this.#names.length + Number(this.#hasProxy) < 5;
    const others = Number(this.#hasProxy) + Number(this.#hasRegistrar);
    this.#hasNotifier = draw.chance(0.1) && this.#names.length + others < 5;
    this.#isRough = draw.chance(0.4);
  }

  scenario(): Scenario {
    const draw = this.#draw;
    const network = this.#conditions();
    const links = draw.chance(0.25) ? [this.#link()] : [];
    const calls = draw.pick([1, 2, 3, 4, 6, 8]);
    // Close together they meet; far apart everything of the one is over before the other.
    const spread = draw.pick([5_000, minute, 10 * minute, 2 * hour]);
    if (this.#hasRegistrar) this.#registrations(spread);
    if (this.#hasNotifier) this.#subscriptions(spread);
    for (let call = 0; call < calls; call++) this.#call(call, draw.between(1_000, spread));
    if (draw.chance(0.3)) this.#options(spread);
    if (this.#isRough) for (let i = draw.between(1, 3); i > 0; i--) this.#trouble(spread + 20_000);
    this.#actions.sort((a, b) => a.at - b.at);
    return {
      seed: this.#seed,
      family: draw.chance(0.2) ? "ipv6" : "ipv4",
      phones: this.#phones,
      hasProxy: this.#hasProxy,
      hasRegistrar: this.#hasRegistrar,
      hasNotifier: this.#hasNotifier,
      network,
      links,
      actions: this.#actions,
    };
  }

  #do(at: number, deed: Deed): void {
    this.#actions.push({ at: Math.round(at), ...deed });
  }

  #conditions(): NetworkConditions {
    const draw = this.#draw;
    const delay = draw.pick([1, 5, 40, 150]);
    return draw.pick<NetworkConditions>([
      { loss: 0, duplication: 0, minDelay: delay, maxDelay: delay },
      { loss: 0, duplication: 0, minDelay: delay, maxDelay: delay },
      { loss: 0, duplication: 0.1, minDelay: 1, maxDelay: draw.pick([20, 300, 900]) },
      { loss: 0.05, duplication: 0.02, minDelay: 5, maxDelay: 60 },
      { loss: 0.15, duplication: 0.05, minDelay: 10, maxDelay: 200 },
      { loss: 0.3, duplication: 0.1, minDelay: 1, maxDelay: 400 },
    ]);
  }

  #link(): Link {
    const [a, b] = this.#two(this.#everybody());
    return { between: [a, b], conditions: this.#conditions() };
  }

  #everybody(): Many<Name> {
    const others = othersIn({
      hasProxy: this.#hasProxy,
      hasRegistrar: this.#hasRegistrar,
      hasNotifier: this.#hasNotifier,
    });
    const [first, ...rest] = this.#names;
    return [first, ...rest, ...others];
  }

  #two(names: Many<Name>): [Name, Name] {
    const first = this.#draw.pick(names);
    const [head = first, ...rest] = names.filter((name) => name !== first);
    return [first, this.#draw.pick([head, ...rest])];
  }

  #call(call: number, at: number): void {
    const draw = this.#draw;
    const [from, to] = this.#two(this.#names);
    const way = this.#hasProxy
      ? draw.pick<CallAction["way"]>(
          this.#hasRegistrar
            ? ["proxy", "proxy", "registered", "registered", "direct"]
            : ["proxy", "proxy", "direct"],
        )
      : "direct";
    const callees = [this.#callee(to)];
    const third = this.#names.find((phone) => phone !== from && phone !== to);
    if (way === "proxy" && third !== undefined && draw.chance(0.6)) callees.push(this.#callee(third));
    this.#do(at, {
      kind: "call",
      ...{ call, from, callees, way },
      transport: draw.pick(["udp", "udp", "tcp"]),
      onward: draw.pick(["udp", "udp", "tcp"]),
      withOffer: draw.chance(0.85),
      thinking: draw.pick([0, 0, 20, 300, 3_000]),
      agrees: draw.chance(0.9),
      ringTimeout: draw.chance(0.1) ? draw.between(100, 30_000) : undefined,
      isBulky: draw.chance(0.05),
      isPicky: callees.length > 1 && draw.chance(0.2),
      offersInPrack: draw.chance(0.1),
      // Drawn apart, as all that is added later: older seeds keep what they have shown.
      ringsChanges: new Draw(seedFor(this.#seed, `rings changes ${call}`)).chance(0.3),
    });
    this.#deedsOf(call, at, Math.max(...callees.map(({ final }) => final.after)));
  }

  #callee(phone: Name): CalleePlan {
    const draw = this.#draw;
    const kind = draw.pick<CalleePlan["final"]["kind"]>([
      "accept",
      "accept",
      "accept",
      "accept",
      "accept",
      "reject",
      "turn-away",
      "ignore",
      "nothing",
    ]);
    const after = draw.pick([
      0,
      0,
      draw.between(1, 1_000),
      draw.between(500, 20_000),
      draw.between(500, 100_000),
    ]);
    // For strangers, before anything was said to them.
    if (kind === "turn-away") return { phone, rings: [], final: { kind, after: 0 } };
    const rings = Array.from({ length: draw.pick([0, 1, 1, 1, 2, 3]) }, () => this.#ring());
    rings.sort((one, other) => one.after - other.after);
    return kind === "reject"
      ? { phone, rings, final: { kind, after, status: draw.pick([302, 404, 480, 486, 603]) } }
      : { phone, rings, final: { kind, after } };
  }

  #ring(): RingPlan {
    const draw = this.#draw;
    const withSdp = draw.chance(0.3);
    return {
      after: draw.chance(0.6) ? 0 : draw.between(0, 2_000),
      status: withSdp ? 183 : 180,
      withSdp,
      reliable: draw.pick([undefined, undefined, true, false]),
    };
  }

  /** What is done in a call, near its turning points or long after them. */
  #deedsOf(call: number, start: number, answer: number): void {
    const draw = this.#draw;
    const side = (): Side => draw.pick(["caller", "callee"]);
    const when = (): number =>
      start +
      draw.pick([
        draw.between(0, 2_000),
        answer + draw.between(0, 2_000),
        answer + draw.between(0, 60_000),
        answer + draw.between(0, draw.pick([10 * minute, 3 * hour])),
      ]);
    for (let i = draw.pick([0, 0, 1, 1, 2, 4]); i > 0; i--) {
      const at = when();
      const deed = draw.pick([
        "change",
        "change",
        "change",
        "update",
        "update",
        "info",
        "info",
        "refer",
        "leave-fork",
      ]);
      if (deed === "info") this.#do(at, { kind: "info", call, side: side() });
      else if (deed === "leave-fork") this.#do(at, { kind: "leave-fork", call });
      else if (deed === "refer") this.#refer(at, call, side());
      else {
        const method = deed === "update" ? "UPDATE" : "INVITE";
        const direction = draw.pick(["hold", "resume", method === "INVITE" ? undefined : "hold"] as const);
        const first = side();
        this.#do(at, { kind: "change", call, side: first, method, direction });
        // Glare.
        if (draw.chance(0.4))
          this.#do(at + draw.pick([0, 0, 5, 200]), {
            ...{ kind: "change", call, method, direction: "hold" },
            side: first === "caller" ? "callee" : "caller",
          });
      }
    }
    if (draw.chance(0.15)) return;
    const end = when();
    const reason = draw.chance(0.2) ? "Q.850;cause=16" : undefined;
    const first = side();
    this.#do(end, { kind: "hang-up", call, side: first, reason });
    if (draw.chance(0.3))
      this.#do(end + draw.pick([0, 0, 5, 100]), {
        ...{ kind: "hang-up", call, reason: undefined },
        side: first === "caller" ? "callee" : "caller",
      });
  }

  #refer(at: number, call: number, side: Side): void {
    const draw = this.#draw;
    this.#do(at, {
      kind: "refer",
      ...{ call, side },
      to: draw.pick(this.#names),
      replaces: draw.chance(0.4) ? draw.between(0, call + 1) : undefined,
      reports: draw.chance(0.8),
      reply: draw.pick(["accept", "accept", "accept", "reject", "nothing"]),
      leaves: draw.chance(0.6),
    });
  }

  #options(spread: number): void {
    const draw = this.#draw;
    const [from, to] = this.#two(this.#names);
    const transport = draw.pick(["udp", "tcp"] as const);
    this.#do(draw.between(0, spread), { kind: "options", from, to, transport });
  }

  #registrations(spread: number): void {
    const draw = this.#draw;
    for (const who of this.#names) {
      if (draw.chance(0.3)) continue;
      const transport = draw.pick(["udp", "udp", "tcp"] as const);
      const expires = spread > 10 * minute ? draw.pick([900, 3_600]) : draw.pick([60, 300, 600]);
      const keepAlive = draw.pick(["none", "none", "none", "none", "none", "crlf", "options"] as const);
      this.#do(draw.between(0, 1_000), { kind: "register", who, transport, expires, keepAlive });
      if (draw.chance(0.4)) this.#do(draw.between(1_000, 2 * spread), { kind: "unregister", who });
    }
  }

  #subscriptions(spread: number): void {
    const draw = this.#draw;
    for (const who of this.#names) {
      if (draw.chance(0.3)) continue;
      const transport = draw.pick(["udp", "udp", "tcp"] as const);
      const expires = spread > 10 * minute ? draw.pick([600, 3_600]) : draw.pick([60, 300]);
      this.#do(draw.between(0, 2_000), { kind: "subscribe", who, transport, expires });
      if (draw.chance(0.4)) this.#do(draw.between(1_000, 2 * spread), { kind: "unsubscribe", who });
    }
    for (let i = draw.between(1, 5); i > 0; i--) this.#do(draw.between(0, spread), { kind: "change-state" });
  }

  #trouble(until: number): void {
    const draw = this.#draw;
    const at = draw.between(0, until);
    const [from, to] = this.#two(this.#everybody());
    switch (draw.pick(["restart", "partition", "partition", "reset"])) {
      case "restart":
        this.#do(at, { kind: "restart", who: from });
        return;
      case "reset":
        this.#do(at, { kind: "reset", from, to });
        return;
      default: {
        const lasts = draw.pick([
          draw.between(10, 1_000),
          draw.between(1_000, 40_000),
          draw.between(1_000, 10 * minute),
        ]);
        this.#do(at, { kind: "partition", from, to, oneWay: draw.chance(0.3), lasts });
      }
    }
  }
}

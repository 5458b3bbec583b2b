import { isIP } from "node:net";
import type { SendTarget } from "../../environment.ts";
import { serialiseReplaces } from "../../header/replaces.ts";
import { isSipUri, serialiseHost, serialiseUri, type Uri } from "../../message/uri.ts";
import type { IncomingRefer } from "../../refer/refer.ts";
import type { Name, ReferAction, TimedCall } from "./scenario.ts";
import type { Stage } from "./stage.ts";

const replyHeader = "X-Reply";
/** Calls that follow from a REFER are numbered from here on. */
export const firstReferred = 10_000;

/** Those who ask others to call somebody, and those who do so. */
export class Transfers {
  readonly #stage: Stage;
  #calls = firstReferred;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  ask({ call, side, to, replaces, reports, reply, leaves }: ReferAction): void {
    const stage = this.#stage;
    const watched = stage.calls.get(call)?.leg(side);
    const phone = stage.phone(to);
    if (watched?.exists !== true || phone === undefined) return;
    const { endpoint, leg } = watched;
    const other = replaces === undefined ? undefined : stage.calls.get(replaces);
    const kept = other?.legs.find((one) => one.endpoint === endpoint && one.exists && one !== watched)?.leg;
    const uri = kept?.remoteTarget ?? `sip:${to}@${serialiseHost(phone.address)}:${phone.port}`;
    const question = stage.ask("REFER", endpoint);
    const refer = leg.refer(uri, {
      replaces: kept?.asReplaces(),
      reports,
      headers: [[replyHeader, reply]],
    });
    refer.onOutcome = ({ kind, status = 0 }) => {
      question.results++;
      if (leaves && kind === "reported" && status < 300) watched.hangUp();
    };
  }

  /** A REFER has come to a phone. */
  asked(name: Name, refer: IncomingRefer): void {
    const reply = refer.request.headers.get(replyHeader);
    if (reply === "reject") refer.reject(603);
    if (reply !== "accept") return;
    const phone = this.#stage.phone(name);
    const target = targetOf(refer.uri);
    if (phone === undefined || target === undefined) {
      refer.reject(404);
      return;
    }
    refer.accept();
    const callee = this.#nameAt(target);
    const action: TimedCall = {
      ...{
        kind: "call",
        at: this.#stage.simulation.now,
        call: this.#calls++,
        from: phone.name,
        way: "direct",
      },
      callees: [{ phone: callee, rings: [], final: { kind: "accept", after: 200 } }],
      ...{ transport: target.transport === "tcp" ? "tcp" : "udp", onward: "udp" },
      ...{ withOffer: true, thinking: 0, agrees: true, ringsChanges: false, ringTimeout: undefined },
      ...{ isBulky: false, isPicky: false, offersInPrack: false },
    };
    const { replaces } = refer;
    const headers = replaces === undefined ? [] : [["Replaces", serialiseReplaces(replaces)] as const];
    const { leg, watched } = this.#stage.dial(phone, action, serialiseUri(refer.uri), target, headers);
    const told = leg.onProgress;
    leg.onProgress = (status, sdp, fork) => {
      told?.(status, sdp, fork);
      refer.progress(status);
    };
    watched.onAnswered = () => refer.finish(200);
    watched.onEnded = () => refer.finish(watched.ended?.status ?? 487);
  }

  #nameAt({ address, port }: SendTarget): Name {
    const found = this.#stage.simulation.stations.find((one) => one.address === address && one.port === port);
    return found?.name ?? "nobody";
  }
}

function targetOf(uri: Uri): SendTarget | undefined {
  if (!isSipUri(uri) || isIP(uri.host) === 0) return undefined;
  const transport = uri.params.get("transport") === "tcp" ? "tcp" : "udp";
  return { transport, address: uri.host, port: uri.port ?? 5060 };
}

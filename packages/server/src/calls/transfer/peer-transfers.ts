// Transfers that the other side makes of its end of a call: it sends us on by REFER, or a third party takes its place by an
// INVITE with Replaces. Media, agent, bridge and recording go on as they are; only the dialog under the leg is another.
import type { Address, Flow, IncomingCall, IncomingRefer, SendTarget } from "@ringdown/sip";
import { serialiseReplaces } from "@ringdown/sip";
import type { Registrations } from "../../registrations/registrations.ts";
import type { Agent } from "../../store/records.ts";
import type { AgentDirectory } from "../../store/store.ts";
import { Call } from "../call.ts";
import type { Clock } from "../clock.ts";
import type { Destination } from "../dial/destination.ts";
import { judgeDestination } from "../dial/destination-policy.ts";
import type { Destinations } from "../dial/destinations.ts";
import type { Dialer } from "../dial-port.ts";
import type { Leg, Succession } from "../leg.ts";
import { legStartOf, shown } from "../leg-record.ts";
import { mediaRefusal } from "../media-refusal.ts";
import type { RunningCalls } from "../running-calls.ts";
import { referredDestination } from "./referred-destination.ts";

export interface PeerTransfersOptions {
  running: Pick<RunningCalls, "withDialog">;
  agents: Pick<AgentDirectory, "get">;
  registrations: Pick<Registrations, "line">;
  destinations: Pick<Destinations, "read" | "settings">;
  dialer: Dialer;
  mediaAddressFor(target: SendTarget): string;
  /** As for an INVITE that begins a call. */
  mediaAddressTowards(flow: Flow, offer: string | undefined, seen: Address | undefined): string;
  /** Whether that source's INVITEs come to that agent. */
  isKnown(address: string, agent: Agent): boolean;
  clock: Clock;
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** Why an INVITE with Replaces is refused. */
export interface TakeoverRefusal {
  status: number;
  code: "replaces_refused";
  hint: string;
  organizationId: string | undefined;
}

const RING_SECONDS = 30;
/** Times that one call is sent on: a loop of two PBXs ends. */
const MOST_REFERS = 10;

interface Found {
  call: Call;
  leg: Leg;
  agent: Agent;
  organizationId: string;
}

export class PeerTransfers {
  readonly #options: PeerTransfersOptions;
  readonly #refers = new WeakMap<Call, number>();

  constructor(options: PeerTransfersOptions) {
    this.#options = options;
  }

  /** The user agent's `onRefer`. */
  onRefer(refer: IncomingRefer): void {
    const found = refer.leg && this.#find(refer.leg);
    // Outside any call, and of one that is no longer: nobody has shown that he may.
    if (found === undefined) {
      refer.reject(refer.leg === undefined ? 403 : 481);
      return;
    }
    const { call, leg } = found;
    leg.record.step("refer_received", {
      referTo: shown(refer.request.headers.get("Refer-To")),
      replaces: refer.replaces !== undefined,
      ...(refer.referredBy && { referredBy: shown(refer.referredBy.text) }),
    });
    const refuse = (status: number, reason: string): void => {
      leg.record.step("refer_refused", { status, reason });
      refer.reject(status);
    };
    const judged = this.#judge(refer, found);
    if ("status" in judged) {
      refuse(judged.status, judged.reason);
      return;
    }
    const succession = leg.beginSuccession((reason) => dial.cancel(reason));
    if (succession === undefined) {
      refuse(491, "The call is being sent on already.");
      return;
    }
    this.#refers.set(call, (this.#refers.get(call) ?? 0) + 1);
    refer.accept();
    const dial = this.#dial(refer, judged, succession, found);
  }

  #judge(refer: IncomingRefer, found: Found): Destination | { status: number; reason: string } {
    if (!found.agent.acceptTransfers)
      return { status: 603, reason: "The agent takes no transfers (acceptTransfers)." };
    if (refer.method !== "INVITE")
      return { status: 603, reason: `It asks for ${refer.method}, not for a call.` };
    if ((this.#refers.get(found.call) ?? 0) >= MOST_REFERS)
      return { status: 603, reason: "The call has been sent on too often." };
    try {
      const destination = this.#destination(refer, found);
      return destination ?? { status: 416, reason: "Refer-To names nobody who can be called." };
    } catch (error) {
      return { status: 403, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /**
   * An INVITE that wants to take the place of a leg's dialog: the caller's part is over with the answer.
   * @returns why not; undefined: it is being answered
   */
  onReplaces(incoming: IncomingCall): TakeoverRefusal | undefined {
    const replaced = incoming.replaces;
    const found = replaced && this.#find(replaced);
    if (replaced === undefined || found === undefined) {
      return { status: 481, ...refusal("No call of this node has that dialog."), organizationId: undefined };
    }
    const { leg, agent, organizationId } = found;
    const { flow } = incoming;
    if (
      flow.remoteAddress !== replaced.flow.remoteAddress &&
      !this.#options.isKnown(flow.remoteAddress, agent)
    ) {
      const hint = `${flow.remoteAddress} is neither the other side of that call nor in the access list.`;
      return { status: 403, ...refusal(hint), organizationId };
    }
    if (!agent.acceptTransfers) {
      return { status: 603, ...refusal("The agent takes no transfers (acceptTransfers)."), organizationId };
    }
    const succession = leg.beginSuccession((reason) => incoming.hangUp({ reason }));
    if (succession === undefined) {
      return { status: 491, ...refusal("That call is being sent on already."), organizationId };
    }
    void this.#takeOver(incoming, succession, found);
    return undefined;
  }

  #find(dialog: NonNullable<IncomingRefer["leg"]>): Found | undefined {
    const entry = this.#options.running.withDialog(dialog);
    if (entry === undefined || !(entry.call instanceof Call)) return undefined;
    const agent = this.#options.agents.get(entry.agentId);
    return agent && { ...entry, call: entry.call, agent };
  }

  /** @throws AppError destination_not_allowed */
  #destination(refer: IncomingRefer, { leg, agent, organizationId }: Found): Destination | undefined {
    const { registrations, destinations } = this.#options;
    const { dialog } = leg;
    if (dialog === undefined) return undefined;
    const destination = referredDestination({
      ...{ referTo: refer, dialog, line: registrations.line(agent.id) },
      mayDialHost: (uri) => {
        try {
          destinations.read(organizationId, uri);
          return true;
        } catch {
          return false;
        }
      },
    });
    if (destination !== undefined) judgeDestination(destination, destinations.settings(organizationId));
    return destination;
  }

  #dial(refer: IncomingRefer, destination: Destination, succession: Succession, { call, leg, agent }: Found) {
    const { dialer, mediaAddressFor, log } = this.#options;
    const headers: [string, string][] = [];
    if (refer.referredBy !== undefined) headers.push(["Referred-By", refer.referredBy.text]);
    if (refer.replaces !== undefined) headers.push(["Replaces", serialiseReplaces(refer.replaces)]);
    let ringing = 0;
    return dialer.dial(
      {
        ...{ organizationId: agent.organizationId, agent, destination, headers, ringSeconds: RING_SECONDS },
        offer: async (target) => (await leg.media.openSuccessor(mediaAddressFor(target), undefined)).sdp,
      },
      {
        onAttempt: ({ way, target, requestUri }) =>
          leg.record.step("refer_dialling", { way, target, requestUri }),
        onAttemptFailed: ({ way, target, status, reason }) =>
          leg.record.step("attempt_failed", { way, target, status, reason }),
        onProgress: (status) => {
          if (status === ringing) return;
          ringing = status;
          leg.record.step("refer_progress", { status });
          refer.progress(status);
        },
        onAnswered: (dialog, sdp) => {
          dialog.onEnded = () => {
            refer.finish(487);
            succession.givenUp();
          };
          leg.media
            .acceptSuccessor(sdp ?? "")
            .then(() => {
              if (dialog.state === "ended") return;
              const record = call.recordLeg(legStartOf(dialog));
              leg.record.step("refer_followed", { status: 200 });
              refer.finish(200);
              succession.taken(dialog, record);
              log.info({ callId: call.id, sipCallId: dialog.callId }, "the other side has sent the call on");
            })
            .catch((error: unknown) => {
              leg.record.step("refer_failed", { status: 488, reason: String(error) });
              dialog.onEnded = undefined;
              dialog.hangUp({ reason: "What was answered cannot be used." });
              refer.finish(488);
              succession.givenUp();
            });
        },
        onFailed: ({ status, reason }) => {
          leg.record.step("refer_failed", { status, reason });
          refer.finish(status >= 300 ? status : 503);
          succession.givenUp();
        },
      },
    );
  }

  async #takeOver(
    incoming: IncomingCall,
    succession: Succession,
    { call, leg, agent }: Found,
  ): Promise<void> {
    const { mediaAddressTowards, log } = this.#options;
    const { flow, offer } = incoming;
    leg.record.step("replaces_received", { sipCallId: incoming.callId, from: flow.remoteAddress });
    incoming.onEnded = () => succession.givenUp();
    let sdp: string;
    try {
      const address = mediaAddressTowards(flow, offer, undefined);
      ({ sdp } = await leg.media.openSuccessor(address, offer));
    } catch (error) {
      const { status, code } = mediaRefusal(error);
      if (code === "call_failed")
        log.error({ err: error, callId: call.id }, "a call could not be taken over");
      leg.record.step("replaces_refused", { status, code });
      incoming.reject(status);
      succession.givenUp();
      return;
    }
    if (incoming.state === "ended") return;
    const taken = (): void => {
      const record = call.recordLeg(legStartOf(incoming));
      leg.record.step("replaced", { by: incoming.callId, agent: agent.username });
      succession.taken(incoming, record);
    };
    if (offer !== undefined) {
      taken();
      incoming.accept(sdp);
      return;
    }
    // Ours is the offer: the answer comes with the ACK.
    incoming.onAcknowledged = (answer) => {
      leg.media.acceptSuccessor(answer ?? "").then(taken, () => {
        incoming.onEnded = undefined;
        incoming.hangUp();
        succession.givenUp();
      });
    };
    incoming.accept(sdp);
  }
}

function refusal(hint: string): { code: "replaces_refused"; hint: string } {
  return { code: "replaces_refused", hint };
}

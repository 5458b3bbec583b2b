// Media without audio, in virtual time: who hears whom is all that is known of it. For simulations of calls.
import type { LegClosed, LegDescription } from "../../worker/protocol.ts";
import { WorkerError } from "../../worker/worker-error.ts";
import type { LegListener } from "../../worker/worker-handle.ts";
import type { MediaPool, OpenLegOptions, RemoteLeg } from "../../worker/worker-pool.ts";

/** ms that a text takes to be said. */
const SPEAKING_MS = 3_000;

/** What a person presses when asked, after so many ms. */
export interface KeyPlan {
  readonly key: string;
  readonly after: number;
}

/** One leg's media, as whoever watches it sees it. */
export class SimulatedLeg {
  readonly id: string;
  readonly listener: LegListener;
  conversation: "none" | "talking" | "away" = "none";
  /** Whom it is joined to. */
  bridgedTo: SimulatedLeg | undefined;
  /** Ringback or hold audio. */
  hearsSound = false;
  isClosed = false;

  constructor(id: string, listener: LegListener) {
    this.id = id;
    this.listener = listener;
  }
}

export class SimulatedMedia implements MediaPool {
  readonly legs = new Map<string, SimulatedLeg>();
  readonly #after: (ms: number, action: () => void) => () => void;
  readonly #sdp: string;
  /** What the person who is asked now will press; undefined: nothing. */
  keyOf: (legId: string) => KeyPlan | undefined = () => undefined;

  constructor(sdp: string, after: (ms: number, action: () => void) => () => void) {
    this.#sdp = sdp;
    this.#after = after;
  }

  async openLeg({ legId, beside }: OpenLegOptions, listener: LegListener): Promise<RemoteLeg> {
    if (beside !== undefined && this.legs.get(beside)?.isClosed !== false)
      throw new WorkerError("leg_unknown", "The leg beside it is gone.");
    const leg = new SimulatedLeg(legId, listener);
    this.legs.set(legId, leg);
    const description: LegDescription = {
      sdp: this.#sdp,
      codec: "PCMU",
      onHold: false,
      audible: true,
      telephoneEvents: true,
    };
    const pauses = new Set<() => void>();
    /** Resolves true after that time, and false when the leg closes or what is said is hushed. */
    const pause = (ms: number): Promise<boolean> =>
      new Promise((resolve) => {
        const end = (isDone: boolean): void => {
          cancel();
          pauses.delete(cut);
          resolve(isDone);
        };
        const cut = (): void => end(false);
        const cancel = this.#after(ms, () => end(true));
        pauses.add(cut);
      });
    const needOpen = (): void => {
      if (leg.isClosed) throw new WorkerError("leg_unknown", "The leg is closed.");
    };
    const settle = async (): Promise<LegDescription> => {
      needOpen();
      return description;
    };
    const unbridge = (): void => {
      const other = leg.bridgedTo;
      leg.bridgedTo = undefined;
      if (other !== undefined) other.bridgedTo = undefined;
    };
    return {
      workerPid: 1,
      description,
      acceptAnswer: settle,
      renegotiate: settle,
      openSuccessor: settle,
      acceptSuccessor: settle,
      startMedia: async () => needOpen(),
      start: async () => {
        needOpen();
        leg.conversation = "talking";
      },
      say: async () => needOpen(),
      pressKey: async () => needOpen(),
      overhear: async () => needOpen(),
      sendDtmf: async () => void (await pause(200)),
      bridge: async (otherId) => {
        needOpen();
        const other = this.legs.get(otherId);
        if (other?.isClosed !== false) throw new WorkerError("leg_unknown", "The other leg is closed.");
        leg.bridgedTo = other;
        other.bridgedTo = leg;
      },
      unbridge: async () => unbridge(),
      playTone: async (sound) => {
        needOpen();
        leg.hearsSound = sound !== undefined;
      },
      announce: async () => {
        needOpen();
        return pause(SPEAKING_MS);
      },
      hush: async () => {
        for (const cut of [...pauses]) cut();
      },
      listenKeys: async (_keys, timeoutMs) => {
        needOpen();
        const plan = this.keyOf(legId);
        const isPressed = plan !== undefined && plan.after < timeoutMs;
        const isThere = await pause(isPressed ? plan.after : timeoutMs);
        return isPressed && isThere ? plan.key : undefined;
      },
      listenSpeech: async () => needOpen(),
      suspendConversation: async () => {
        needOpen();
        leg.conversation = "away";
      },
      resumeConversation: async () => {
        needOpen();
        leg.conversation = "talking";
      },
      close: async (): Promise<LegClosed> => {
        leg.isClosed = true;
        unbridge();
        for (const cut of [...pauses]) cut();
        return { codec: "PCMU", quality: null, qualitySamples: [], recording: null };
      },
    };
  }
}

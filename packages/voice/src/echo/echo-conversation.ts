import type { AgentProfile } from "../agent-profile.ts";
import type { Conversation, ConversationEvents } from "../conversation.ts";
import { endCodes, VoiceError } from "../errors.ts";
import type { AudioSink, AudioSource, LegPort } from "../leg-port.ts";

/** Frames kept between sink and source: one tick of slack, so that order of read and write within a tick does not matter. */
const slots = 4;

/** The caller hears himself: for line tests and load. No session, no speech, no allocation after the start. */
class EchoLoop implements AudioSource, AudioSink {
  readonly #ring: Int16Array[];
  #written = 0;
  #read = 0;

  constructor(samplesPerFrame: number) {
    this.#ring = Array.from({ length: slots }, () => new Int16Array(samplesPerFrame));
  }

  write(frame: Int16Array): void {
    this.#ring[this.#written % slots]?.set(frame);
    this.#written++;
    if (this.#written - this.#read > 2) this.#read = this.#written - 2; // never more than 40 ms behind
  }

  read(frame: Int16Array): boolean {
    if (this.#read === this.#written) return false;
    const kept = this.#ring[this.#read % slots];
    if (kept === undefined) return false;
    frame.set(kept);
    this.#read++;
    return true;
  }
}

export function startEcho(profile: AgentProfile, leg: LegPort, events: ConversationEvents): Conversation {
  let stop: () => void;
  if (leg.startEcho !== undefined) stop = leg.startEcho();
  else {
    const loop = new EchoLoop(leg.sampleRate / 50);
    const removeSink = leg.addSink(loop);
    leg.setSource(loop);
    stop = () => {
      removeSink();
      leg.setSource(undefined);
    };
  }
  events.onTimeline({ type: "echo_started", at: Date.now() });

  let over: ReturnType<typeof setTimeout> | undefined;
  if (profile.maxCallDuration !== undefined) {
    over = setTimeout(() => {
      stopOnce();
      events.onEnd({ by: "system", code: "max_duration", reason: endCodes.max_duration.reason });
    }, profile.maxCallDuration * 1000);
  }
  let stopped = false;
  const stopOnce = () => {
    if (stopped) return;
    stopped = true;
    clearTimeout(over);
    stop();
  };
  return {
    say: () =>
      Promise.reject(new VoiceError("conversation_over", { detail: "a line in echo mode has no voice" })),
    stop: async () => stopOnce(),
  };
}

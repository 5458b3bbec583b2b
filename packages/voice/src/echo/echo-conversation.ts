import { EchoSource } from "@ringdown/media";
import type { AgentProfile } from "../agent-profile.ts";
import type { Conversation, ConversationEvents } from "../conversation.ts";
import { endCodes, VoiceError } from "../errors.ts";
import type { LegPort } from "../leg-port.ts";

/** The caller hears himself: for line tests and load. No session, no speech, no allocation after the start. */
export function startEcho(profile: AgentProfile, leg: LegPort, events: ConversationEvents): Conversation {
  let stop: () => void;
  if (leg.startEcho !== undefined) stop = leg.startEcho();
  else {
    const loop = new EchoSource(leg.sampleRate / 50);
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

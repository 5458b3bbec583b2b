import { EchoSource } from "@ringdown/media";
import type { AgentProfile } from "../agent-profile.ts";
import type { Conversation, ConversationEvents } from "../conversation.ts";
import { endCodes, VoiceError } from "../errors.ts";
import type { LegPort } from "../leg-port.ts";

/** The caller hears himself: for line tests and load. No session, no speech, no allocation after the start. */
export function startEcho(profile: AgentProfile, leg: LegPort, events: ConversationEvents): Conversation {
  let stop: (() => void) | undefined = echo(leg);
  events.onTimeline({ type: "echo_started", at: Date.now() });

  let over: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  if (profile.maxCallDuration !== undefined) {
    over = setTimeout(() => {
      isOver = true;
      if (!suspended) end();
    }, profile.maxCallDuration * 1000);
  }
  let stopped = false;
  let suspended = false;
  const end = () => {
    stopOnce();
    events.onEnd({ by: "system", code: "max_duration", reason: endCodes.max_duration.reason });
  };
  const stopOnce = () => {
    if (stopped) return;
    stopped = true;
    clearTimeout(over);
    stop?.();
  };
  return {
    say: () =>
      Promise.reject(new VoiceError("conversation_over", { detail: "a line in echo mode has no voice" })),
    suspend: () => {
      if (stopped || suspended) return;
      suspended = true;
      stop?.();
      stop = undefined;
      events.onTimeline({ type: "conversation_suspended", at: Date.now(), listening: false });
    },
    resume: () => {
      if (stopped || !suspended) return;
      suspended = false;
      events.onTimeline({ type: "conversation_resumed", at: Date.now() });
      if (isOver) end();
      else stop = echo(leg);
    },
    stop: async () => stopOnce(),
  };
}

/** Begins to echo. @returns what ends it */
function echo(leg: LegPort): () => void {
  if (leg.startEcho !== undefined) return leg.startEcho();
  const loop = new EchoSource(leg.sampleRate / 50);
  const removeSink = leg.addSink(loop);
  leg.setSource(loop);
  return () => {
    removeSink();
    leg.setSource(undefined);
  };
}

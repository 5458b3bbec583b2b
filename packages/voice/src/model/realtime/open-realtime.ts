// The session of an agent by a realtime model: it hears and answers by itself; what has to be said word for word is another voice's.
import { VoiceError } from "../../errors.ts";
import { PhoneSession } from "../../session/phone-session.ts";
import { VoiceDetector } from "../../session/voice-detector.ts";
import { FliteTts } from "../../tts/flite-tts.ts";
import { fliteVoiceOf } from "../../tts/flite-voices.ts";
import { createVoice } from "../livekit-models.ts";
import { ModelAgent } from "../model-agent.ts";
import type { ModelSessionOptions, OpenedSession } from "../model-session.ts";
import { MOST_TOOL_STEPS } from "../model-tools.ts";
import { type RealtimeHooks, type RealtimeLine, RealtimeSpeech } from "./realtime-line.ts";

/** Milliseconds of silence after which the voice itself has ended: for the latency of turns alone. */
const VOICE_SILENCE_MS = 200;

export async function openRealtimeSession(
  options: ModelSessionOptions & { realtime: RealtimeHooks },
): Promise<OpenedSession & { line: RealtimeLine }> {
  const { profile, settings, leg, runtime, instructions, tools, hooks, events } = options;
  const { realtime: provider, tts } = settings.providers;
  if (provider === undefined) throw new VoiceError("provider_failed", { detail: "no realtime model" });
  const language = profile.agentLang === "multi" ? undefined : profile.agentLang.split("-")[0];
  const speech = await RealtimeSpeech.open({
    ...{ provider, language, silence: settings.speechProcessingDelay, sampleRate: leg.sampleRate },
    hooks: options.realtime,
  });
  const { line } = speech;
  const voice = createVoice(
    tts,
    profile.agentLang,
    new FliteTts(runtime.voice, fliteVoiceOf(profile.agentVoice), leg.sampleRate),
  );
  const { createSpeechModel: createModel } = runtime;
  const detector =
    createModel &&
    new VoiceDetector({
      ...{ createModel, onUtterance: options.onUtterance, leastSilence: VOICE_SILENCE_MS },
      mayInterrupt: () => false,
    });
  const detecting = detector?.stream();
  const close = async (): Promise<void> => {
    detecting?.close();
    await Promise.allSettled([line.close(), voice.close()]);
  };
  try {
    const session = await PhoneSession.start(
      leg,
      new ModelAgent(
        instructions,
        tools.map(({ tool }) => tool),
        hooks,
        options.history,
      ),
      {
        ...{ llm: speech, tts: voice, vad: null, maxToolSteps: MOST_TOOL_STEPS },
        ear: (window) => line.hear(window),
        ...(detector && { listener: (window: Int16Array) => detector.hear(window) }),
        connOptions: { maxUnrecoverableErrors: 1_000, ttsConnOptions: { maxRetry: 0 } },
      },
      events,
    );
    return { session, models: { close }, line };
  } catch (error) {
    void close();
    throw error;
  }
}

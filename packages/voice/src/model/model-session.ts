// The session of an agent by models: his providers, his ear, and when a turn ends.
import type { AgentProfile, ModelSettings } from "../agent-profile.ts";
import { VoiceError } from "../errors.ts";
import type { LegPort } from "../leg-port.ts";
import { PhoneSession, type PhoneSessionEvents } from "../session/phone-session.ts";
import { type Utterance, VoiceDetector } from "../session/voice-detector.ts";
import { FliteTts } from "../tts/flite-tts.ts";
import { fliteVoiceOf } from "../tts/flite-voices.ts";
import { EndOfTurn } from "./end-of-turn.ts";
import { createModels } from "./livekit-models.ts";
import { ModelAgent, type ModelAgentHooks, type Said } from "./model-agent.ts";
import type { ModelRuntime } from "./model-runtime.ts";
import { MOST_TOOL_STEPS, type NamedTool } from "./model-tools.ts";

/** Milliseconds of silence in which the voice detector ends an utterance; the turn's own wait goes on from there. */
const UTTERANCE_SILENCE_MS = 250;
/** Milliseconds of voice that pause the agent, and of quiet after which it was nothing. */
const INTERRUPTION_MS = 300;
const FALSE_INTERRUPTION_MS = 1_200;

export interface ModelSessionOptions {
  profile: AgentProfile;
  settings: ModelSettings;
  leg: LegPort;
  runtime: ModelRuntime;
  instructions: string;
  tools: readonly NamedTool[];
  hooks: ModelAgentHooks;
  events: PhoneSessionEvents;
  onUtterance(utterance: Utterance): void;
  mayInterrupt(): boolean;
  /** What was said before, by another model. */
  history?: readonly Said[];
}

export interface OpenedSession {
  session: PhoneSession;
  models: { close(): Promise<void> };
}

/** @throws VoiceError `stt_failed` where no voice detector loads */
export async function openModelSession(options: ModelSessionOptions): Promise<OpenedSession> {
  const { profile, settings, leg, runtime, instructions, tools, hooks, events } = options;
  const { speechProcessingDelay, speakingTimeout } = settings;
  if (runtime.createSpeechModel === undefined)
    throw new VoiceError("stt_failed", { detail: "no voice detector loads on this machine" });
  const detector = new VoiceDetector({
    createModel: runtime.createSpeechModel,
    onUtterance: options.onUtterance,
    mayInterrupt: options.mayInterrupt,
    leastSilence: Math.min(UTTERANCE_SILENCE_MS, speechProcessingDelay),
  });
  const models = createModels(settings.providers, {
    ...{ language: profile.agentLang, vad: detector },
    lastVoice: new FliteTts(runtime.voice, fliteVoiceOf(profile.agentVoice), leg.sampleRate),
  });
  const endOfTurn = runtime.predictEnd && new EndOfTurn(runtime.predictEnd);
  const agent = new ModelAgent(
    instructions,
    tools.map(({ tool }) => tool),
    hooks,
    options.history,
  );
  const session = await PhoneSession.start(
    leg,
    agent,
    {
      ...{ stt: models.stt, llm: models.llm, tts: models.tts, vad: detector },
      ttsTextTransforms: ["filter_markdown", "filter_emoji"],
      maxToolSteps: MOST_TOOL_STEPS,
      connOptions: {
        // Failures are counted by the conversation: the session may not end itself.
        maxUnrecoverableErrors: 1_000,
        // The fallbacks have their own retries.
        ...{
          llmConnOptions: { maxRetry: 0 },
          ttsConnOptions: { maxRetry: 0 },
          sttConnOptions: { maxRetry: 0 },
        },
      },
      turnHandling: {
        turnDetection: endOfTurn?.asDetector() ?? "vad",
        endpointing: {
          mode: "fixed",
          minDelay: speechProcessingDelay,
          maxDelay: Math.max(speechProcessingDelay, speakingTimeout),
        },
        interruption: {
          mode: "vad",
          minDuration: INTERRUPTION_MS,
          resumeFalseInterruption: true,
          falseInterruptionTimeout: FALSE_INTERRUPTION_MS,
        },
        // The model is asked at the transcript: what it says waits for the end of the turn.
        preemptiveGeneration: { enabled: true },
      },
      ...(endOfTurn && { listener: (window: Int16Array) => endOfTurn.hear(window) }),
    },
    events,
  );
  return { session, models };
}

// A conversation by models on a leg without a wire, with providers that are scripted: for tests, in real time.
import { dispose } from "@livekit/rtc-node";
import { FakeProviders } from "@ringdown/fake-providers";
import type { AgentProfile, ModelSettings } from "../agent-profile.ts";
import type { Conversation, ConversationEnd, TimelineEvent, Turn } from "../conversation.ts";
import { startModelConversation } from "../model/model-conversation.ts";
import type { ModelProviders } from "../model/model-providers.ts";
import { sharedModelRuntime } from "../model/model-runtime.ts";
import { FliteEngine } from "../tts/flite-engine.ts";
import { sentences, speakable } from "../tts/speakable-text.ts";
import { FakeLeg } from "./fake-leg.ts";
import { overG711 } from "./g711-line.ts";
import { testProfile } from "./profiles.ts";

export function fakeModels(fake: FakeProviders): ModelProviders {
  const endpoint = { provider: "fake", baseUrl: fake.url, apiKey: "key-1" };
  return {
    llm: [{ ...endpoint, protocol: "openai", model: "fake-llm" }],
    stt: [{ ...endpoint, protocol: "openai", model: "fake-stt" }],
    tts: [{ ...endpoint, protocol: "openai", model: "fake-tts", voice: "alloy" }],
  };
}

export interface ModelSceneOptions {
  profile?: Partial<AgentProfile>;
  settings?: Partial<ModelSettings>;
  /** Says what else the providers are. */
  providers?: (fake: FakeProviders) => Partial<ModelProviders>;
  /** Lays down answers before the conversation begins. */
  script?: (fake: FakeProviders) => void;
  context?: { direction?: "inbound" | "outbound"; context?: string; taskContext?: string };
}

/** The voice of the callers, one for a process. */
let voice: FliteEngine | undefined;

/** Lets the process end: the caller's voice, and LiveKit's native threads. */
export async function closeScenes(): Promise<void> {
  await voice?.close();
  voice = undefined;
  await dispose();
}

export class ModelScene {
  readonly fake: FakeProviders;
  readonly leg: FakeLeg;
  readonly turns: Turn[] = [];
  readonly timeline: TimelineEvent[] = [];
  readonly transfers: string[] = [];
  readonly notifications: string[] = [];
  end: ConversationEnd | undefined;
  conversation!: Conversation;
  readonly #waiting = new Set<() => void>();

  private constructor(fake: FakeProviders, leg: FakeLeg) {
    this.fake = fake;
    this.leg = leg;
  }

  static async start(options: ModelSceneOptions = {}): Promise<ModelScene> {
    const fake = await FakeProviders.start();
    options.script?.(fake);
    const scene = new ModelScene(fake, new FakeLeg());
    const profile: AgentProfile = {
      ...testProfile(),
      mode: "pipeline",
      functions: [],
      welcomeMessage: "Hello, this is the test line.",
      interruptionMinimumSpeakingTime: 0,
      models: {
        providers: { ...fakeModels(fake), ...options.providers?.(fake) },
        interruptionWordCount: 3,
        speechProcessingDelay: 300,
        speakingTimeout: 500,
        timezone: "UTC",
        ...options.settings,
      },
      ...options.profile,
    };
    scene.leg.keep = true;
    scene.leg.run();
    const told = (): void => {
      for (const wake of scene.#waiting) wake();
    };
    scene.conversation = await startModelConversation(
      profile,
      scene.leg,
      {
        onTurn: (turn) => {
          scene.turns.push(turn);
          told();
        },
        onTimeline: (event) => {
          scene.timeline.push(event);
          told();
        },
        onMessageTaken: told,
        onTransfer: (name, notification) => {
          scene.transfers.push(name);
          if (notification !== undefined) scene.notifications.push(notification);
          told();
        },
        onEnd: (end) => {
          scene.end = end;
          told();
        },
      },
      { from: "+15550100", to: "desk", ...options.context },
      sharedModelRuntime(),
    );
    return scene;
  }

  /** The caller says this: what the transcriber makes of it is the script's. */
  async speak(text: string, who?: "caller" | "other"): Promise<void> {
    voice ??= new FliteEngine();
    for (const sentence of sentences(text)) {
      const pcm = await voice.synthesise(speakable(sentence), "rms", 8_000);
      this.leg.speak(overG711(pcm), who);
    }
  }

  /** Waits until this is so, looking after each event. */
  async until(what: string, holds: () => boolean, limitMs = 10_000): Promise<void> {
    const limit = Date.now() + limitMs;
    while (!holds()) {
      const left = limit - Date.now();
      if (left <= 0) throw new Error(`not within ${limitMs} ms: ${what}\n${this.story()}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.min(left, 100));
        this.#waiting.add(wake);
      });
    }
  }

  said(role: Turn["role"]): string[] {
    return this.turns.filter((turn) => turn.role === role).map(({ content }) => content);
  }

  story(): string {
    return [
      ...this.timeline.map(({ type, at: _, ...fields }) => `${type} ${JSON.stringify(fields)}`),
      ...this.turns.map(({ role, content }) => `${role}: ${content}`),
    ].join("\n");
  }

  async close(): Promise<void> {
    await this.conversation.stop("caller-hung-up");
    this.leg.halt();
    await this.fake.close();
  }
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENT_DEFAULTS } from "../store/agent-fields.ts";
import type { AgentConfiguration } from "../store/schema.ts";
import { agentModels, type ModelSettings } from "./agent-models.ts";
import { PROVIDERS, type ProviderName } from "./provider-catalogue.ts";

function models(
  fields: Partial<AgentConfiguration>,
  ...names: ProviderName[]
): ModelSettings | { reason: string } {
  return agentModels({ ...AGENT_DEFAULTS, ...fields }, (name) =>
    names.includes(name)
      ? { baseUrl: PROVIDERS[name].baseUrl ?? "http://127.0.0.1:11434/v1", apiKey: `key of ${name}` }
      : undefined,
  );
}

function shown(fields: Partial<AgentConfiguration>, ...names: ProviderName[]) {
  const found = models(fields, ...names);
  if ("reason" in found) return found.reason;
  const { llm, stt, tts } = found.providers;
  return {
    llm: llm.map(({ provider, model }) => `${provider}/${model}`),
    stt: stt.map(({ provider, model }) => `${provider}/${model}`),
    tts: tts.map(({ provider, voice }) => `${provider}/${voice}`),
  };
}

test("one key is enough: the provider's defaults", () => {
  assert.deepEqual(shown({}, "openai"), {
    llm: ["openai/gpt-4.1-mini"],
    stt: ["openai/gpt-4o-mini-transcribe"],
    tts: ["openai/alloy"],
  });
});

test("of several, who transcribes as it is spoken goes first; one language model is enough", () => {
  assert.deepEqual(shown({}, "openai", "deepgram", "elevenlabs", "anthropic"), {
    llm: ["openai/gpt-4.1-mini"],
    stt: ["deepgram/nova-3", "openai/gpt-4o-mini-transcribe"],
    tts: ["elevenlabs/EXAVITQu4vr4xnSDxMaL"],
  });
});

test("the agent's fields choose: models, a fallback, a transcriber, a voice", () => {
  const fields = {
    agentModel: "local/qwen3:8b",
    agentModelFallback: "anthropic/claude-haiku-4-5",
    agentSttEngine: "openai/whisper-1",
    agentVoice: "deepgram/aura-2-orion-en",
  };
  assert.deepEqual(shown(fields, "local", "anthropic", "openai", "deepgram"), {
    llm: ["local/qwen3:8b", "anthropic/claude-haiku-4-5"],
    stt: ["openai/whisper-1"],
    tts: ["deepgram/aura-2-orion-en"],
  });
  assert.deepEqual(
    shown({ agentModel: "gpt-4.1", agentSttEngine: "groq", agentVoice: "slt" }, "openai", "groq"),
    {
      llm: ["openai/gpt-4.1"],
      stt: ["groq/whisper-large-v3-turbo"],
      tts: [],
    },
  );
});

test("what is missing is said, with what would help", () => {
  assert.match(String(shown({})), /no language model.*OPENAI_API_KEY/);
  assert.match(String(shown({}, "anthropic")), /no speech recognition/);
  assert.match(String(shown({ agentModel: "groq/llama" }, "openai")), /no key for groq.*GROQ_API_KEY/);
  assert.match(String(shown({ agentModel: "deepgram/nova-3" }, "openai", "deepgram")), /no language model/);
  assert.match(String(shown({ agentModel: "local" }, "local")), /names no model/);
  assert.match(String(shown({ agentModel: "local/x" }, "openai")), /LOCAL_BASE_URL/);
  assert.match(String(shown({ agentSttEngine: "elevenlabs" }, "openai")), /transcribes nothing/);
  assert.match(String(shown({ agentVoice: "nobody/alloy" }, "openai")), /no voice/);
});

test("realtime: who hears and speaks, in which voice, and who goes on where that fails", () => {
  const all = (fields: Partial<AgentConfiguration>, ...names: ProviderName[]) => {
    const found = models({ mode: "realtime", ...fields }, ...names);
    if ("reason" in found) return found.reason;
    const { realtime, llm, stt, tts } = found.providers;
    return [
      `${realtime?.provider}/${realtime?.model} ${realtime?.voice}`,
      `${llm[0]?.model ?? "none"} ${stt[0]?.model ?? "none"} ${tts[0]?.voice ?? "flite"}`,
    ];
  };
  const pipeline = "gpt-4.1-mini gpt-4o-mini-transcribe";
  assert.deepEqual(all({}, "openai"), ["openai/gpt-realtime marin", `${pipeline} marin`]);
  assert.deepEqual(all({ agentVoice: "openai/cedar" }, "openai"), [
    "openai/gpt-realtime cedar",
    `${pipeline} cedar`,
  ]);
  assert.deepEqual(all({ agentVoice: "slt" }, "openai"), ["openai/gpt-realtime marin", `${pipeline} flite`]);
  // Nobody there transcribes: there is no pipeline, and none was asked for.
  assert.deepEqual(all({ agentVoice: "xai/Ara" }, "xai"), ["xai/grok-voice-latest Ara", "none none flite"]);
  const own = { agentS2SEngine: "local/my-model", agentModel: "openai/gpt-4.1" };
  assert.deepEqual(all(own, "local", "openai"), ["local/my-model ", "gpt-4.1 gpt-4o-mini-transcribe alloy"]);
  assert.match(String(all({})), /no realtime model.*OPENAI_API_KEY/);
  assert.match(String(all({ agentS2SEngine: "gemini" }, "google")), /"gemini" has no realtime model/);
  assert.match(String(all({ agentS2SEngine: "xai" }, "openai")), /no key for xai/);
  assert.match(String(all({ agentModel: "groq/llama" }, "openai")), /no key for groq/);
});

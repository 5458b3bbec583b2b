// Which providers listen, think and speak for one agent: by his fields, of those that his organization has.
import type { AgentProfile } from "@ringdown/voice";
import { quoted } from "../quoted.ts";
import type { Agent } from "../store/records.ts";
import { isProviderName, PROVIDER_NAMES, PROVIDERS, type ProviderName } from "./provider-catalogue.ts";

export type ModelSettings = NonNullable<AgentProfile["models"]>;
type Providers = ModelSettings["providers"];

/** A provider that can be used. */
export interface UsableProvider {
  readonly baseUrl: string;
  readonly apiKey: string;
}

type Fields = Pick<
  Agent,
  | "agentModel"
  | "agentModelFallback"
  | "agentS2SEngine"
  | "agentSttEngine"
  | "agentVoice"
  | "interruptionWordCount"
  | "mode"
  | "speechProcessingDelay"
  | "speakingTimeout"
  | "timezone"
>;

const SET_ONE =
  'set a key with PUT /api/v2/providers/openai {"apiKey": "…"} (or another provider of GET /api/v2/providers), or the variable OPENAI_API_KEY';

/** @returns a sentence that says what is missing, where the agent cannot talk */
export function agentModels(
  agent: Fields,
  usable: (name: ProviderName) => UsableProvider | undefined,
): ModelSettings | { reason: string } {
  const providers =
    agent.mode === "realtime" ? realtimeProviders(agent, usable) : pipelineProviders(agent, usable);
  if ("reason" in providers) return providers;
  const { interruptionWordCount, speechProcessingDelay, speakingTimeout, timezone } = agent;
  return { providers, interruptionWordCount, speechProcessingDelay, speakingTimeout, timezone };
}

function pipelineProviders(agent: Fields, usable: Usable): Providers | { reason: string } {
  const llm = languageModels(agent, usable);
  if ("reason" in llm) return llm;
  const stt = transcribers(agent, usable);
  if ("reason" in stt) return stt;
  const tts = voices(agent, usable);
  if ("reason" in tts) return tts;
  return { llm: llm.found, stt: stt.found, tts: tts.found };
}

/** In the order in which they are taken where the agent names none. A server of one's own is used where it is named. */
const SPEECH_TO_SPEECH: readonly ProviderName[] = ["openai", "xai"];

/** The realtime model, and a pipeline for when it fails: what the agent names of that has to be there, what it does not may be. */
function realtimeProviders(agent: Fields, usable: Usable): Providers | { reason: string } {
  const { agentS2SEngine, agentVoice } = agent;
  const [wanted, model] = agentS2SEngine === null ? ["", ""] : split(agentS2SEngine, agentS2SEngine);
  const name = wanted || (SPEECH_TO_SPEECH.find((one) => usable(one) !== undefined) ?? "");
  if (name === "") return { reason: `There is no realtime model: ${SET_ONE}.` };
  const kind = isProviderName(name) ? PROVIDERS[name].realtime : undefined;
  if (kind === undefined)
    return {
      reason: `${quoted(name)} has no realtime model that can be used: agentS2SEngine is one of ${[...SPEECH_TO_SPEECH, "local"].join(", ")}, or such as openai/gpt-realtime.`,
    };
  const provider = usable(name as ProviderName);
  if (provider === undefined) return { reason: missing(name) };
  const [voiceOf, named] = agentVoice === null ? [name, ""] : split(agentVoice, "");
  const voice = (voiceOf === name && named) || kind.voice;
  const realtime = {
    ...{ ...provider, provider: name, protocol: "openai" as const, transcriber: kind.transcriber },
    ...{ model: model || kind.model, voice },
  };
  const llm = languageModels(agent, usable);
  if ("reason" in llm && agent.agentModel !== null) return llm;
  const stt = transcribers(agent, usable);
  if ("reason" in stt && agent.agentSttEngine !== null) return stt;
  // What is said word for word is best said in the same voice.
  const speaks = isProviderName(name) && PROVIDERS[name].tts !== undefined && name !== "local";
  const agentVoiceOf = voiceOf === name ? (speaks && voice !== "" ? `${name}/${voice}` : null) : agentVoice;
  const tts = voices({ ...agent, agentVoice: agentVoiceOf }, usable);
  if ("reason" in tts) return tts;
  const goesOn = "found" in llm && "found" in stt;
  return { realtime, llm: goesOn ? llm.found : [], stt: goesOn ? stt.found : [], tts: tts.found };
}

type Usable = Parameters<typeof agentModels>[1];
type Found<Kind extends keyof Providers> = { found: Providers[Kind] } | { reason: string };

function languageModels({ agentModel, agentModelFallback }: Fields, usable: Usable): Found<"llm"> {
  const found: Providers["llm"][number][] = [];
  if (agentModel === null) {
    for (const name of PROVIDER_NAMES) {
      const provider = usable(name);
      const model = PROVIDERS[name].llm;
      if (provider !== undefined && model)
        found.push({ ...provider, provider: name, protocol: "openai", model });
    }
    // Of several the first alone: an operator who has not chosen has not chosen to be billed by two.
    found.splice(1);
    if (found.length === 0) return { reason: `There is no language model: ${SET_ONE}.` };
  }
  for (const wanted of [agentModel, agentModelFallback]) {
    if (wanted === null) continue;
    const [name, model] = split(wanted, "openai");
    const kind = isProviderName(name) ? PROVIDERS[name] : undefined;
    if (kind?.llm === undefined)
      return {
        reason: `${quoted(wanted)} is no language model: write provider/model, such as openai/gpt-4.1-mini.`,
      };
    const provider = usable(name as ProviderName);
    if (provider === undefined) return { reason: missing(name) };
    if (model === "" && kind.llm === "") return { reason: `${quoted(wanted)} names no model.` };
    found.push({ ...provider, provider: name, protocol: "openai", model: model || kind.llm });
  }
  return { found };
}

/** In the order in which they are taken where the agent names none: those first that transcribe as it is spoken. */
const TRANSCRIBERS: readonly ProviderName[] = ["deepgram", "openai", "groq", "local"];

function transcribers({ agentSttEngine }: Fields, usable: Usable): Found<"stt"> {
  const [name, model] = agentSttEngine === null ? ["", ""] : split(agentSttEngine, agentSttEngine);
  const names = name === "" ? TRANSCRIBERS : [name];
  const found: Providers["stt"][number][] = [];
  for (const one of names) {
    const kind = isProviderName(one) ? PROVIDERS[one].stt : undefined;
    if (kind === undefined)
      return {
        reason: `${quoted(one)} transcribes nothing: agentSttEngine is one of ${TRANSCRIBERS.join(", ")}.`,
      };
    const provider = usable(one as ProviderName);
    if (provider === undefined) {
      if (name !== "") return { reason: missing(one) };
      continue;
    }
    found.push({ ...provider, provider: one, protocol: kind.protocol, model: model || kind.model });
  }
  if (found.length === 0) return { reason: `There is no speech recognition: ${SET_ONE}.` };
  return { found: found.slice(0, 2) };
}

const SPEAKERS: readonly ProviderName[] = ["elevenlabs", "openai", "deepgram", "local"];

/** Without any the offline voice speaks, as it does where they fail. A name without a provider is one of its voices. */
function voices({ agentVoice }: Fields, usable: Usable): Found<"tts"> {
  const found: Providers["tts"][number][] = [];
  if (agentVoice !== null) {
    const [name, voice] = split(agentVoice, "");
    if (name === "") return { found };
    const kind = isProviderName(name) ? PROVIDERS[name].tts : undefined;
    if (kind === undefined)
      return { reason: `${quoted(agentVoice)} is no voice: write provider/voice, such as openai/alloy.` };
    const provider = usable(name as ProviderName);
    if (provider === undefined) return { reason: missing(name) };
    // Deepgram's voices are its models.
    const model = kind.protocol === "deepgram" ? voice : kind.model;
    found.push({ ...provider, provider: name, protocol: kind.protocol, model, voice });
  } else {
    for (const name of SPEAKERS) {
      const kind = PROVIDERS[name].tts;
      const provider = usable(name);
      // The model server of one's own may have no voice: it is used where it is named.
      if (provider === undefined || kind === undefined || name === "local") continue;
      found.push({
        ...provider,
        provider: name,
        protocol: kind.protocol,
        model: kind.model,
        voice: kind.voice,
      });
    }
    found.splice(1);
  }
  return { found };
}

/** "openai/gpt-4.1" in its two parts; without a slash it is the second, or (of a known provider's name) the first. */
function split(text: string, otherwise: string): [provider: string, rest: string] {
  const slash = text.indexOf("/");
  if (slash > 0) return [text.slice(0, slash), text.slice(slash + 1)];
  return isProviderName(text) ? [text, ""] : [otherwise, otherwise === text ? "" : text];
}

function missing(name: string): string {
  const variable = isProviderName(name) ? PROVIDERS[name].variables : undefined;
  const what = name === "local" ? '{"baseUrl": "http://127.0.0.1:11434/v1"}' : '{"apiKey": "…"}';
  return `There is no key for ${name}: PUT /api/v2/providers/${name} ${what}, or the variable ${name === "local" ? variable?.baseUrl : variable?.key}.`;
}

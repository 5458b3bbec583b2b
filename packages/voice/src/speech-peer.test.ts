// Our voice and our ear against pocketsphinx and against people, over G.711.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { menuPhrases } from "./attendant/menu.ts";
import { Resampler } from "./audio/resampler.ts";
import { initialiseLiveKit } from "./session/livekit.ts";
import { listenForSpeech } from "./session/speech-listener.ts";
import { loadSpeechModel, type Utterance, VoiceDetector } from "./session/voice-detector.ts";
import { meaningOf } from "./stt/phrase-grammar.ts";
import { PocketsphinxRecogniser } from "./stt/recogniser.ts";
import { FakeLeg } from "./testing/fake-leg.ts";
import { overG711 } from "./testing/g711-line.ts";
import { skipWithout } from "./testing/peers.ts";
import { testProfile } from "./testing/profiles.ts";
import { FliteEngine } from "./tts/flite-engine.ts";
import type { FliteVoice } from "./tts/flite-voices.ts";
import { sentences, speakable } from "./tts/speakable-text.ts";

const model = "/usr/share/pocketsphinx/model/en-us";
const skip = skipWithout("pocketsphinx", ["/usr/bin/pocketsphinx_batch", `${model}/en-us/mdef`]);
const people = "/usr/share/pocketsphinx/test/data";
const skipPeople = skipWithout("pocketsphinx-testdata", [`${people}/cards`]) || skip;

const engine = new FliteEngine();
const recogniser = new PocketsphinxRecogniser();
const folder = mkdtempSync(join(tmpdir(), "ringdown-speech-"));
after(async () => {
  await engine.close();
  await recogniser.close();
  rmSync(folder, { recursive: true });
});

const silence = (seconds: number) => new Int16Array(seconds * 8000);
const joined = (parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => Array.from(part)));

async function spoken(text: string, voice: FliteVoice): Promise<Int16Array> {
  const parts: Int16Array[] = [];
  for (const sentence of sentences(text))
    parts.push(await engine.synthesise(speakable(sentence), voice, 8000));
  return joined(parts);
}

/** What is heard at the far end: 16 kHz of an 8 kHz line, the detector's silence around it. */
async function heard(pcm: Int16Array): Promise<Int16Array> {
  const up = await Resampler.create(8000, 16_000);
  const line = up.clip(overG711(joined([silence(0.45), pcm, silence(0.45)])));
  up.close();
  return line;
}

/** Words of `said` that are in `text`, in order, as a share. */
function share(said: string, text: string): number {
  const words = said
    .toLowerCase()
    .replace(/[^a-z ]/g, "")
    .split(" ");
  const found = text.split(" ");
  let at = 0;
  let right = 0;
  for (const word of words) {
    const next = found.indexOf(word, at);
    if (next === -1) continue;
    right++;
    at = next + 1;
  }
  return right / words.length;
}

test("the greeting is understood over G.711 by a recogniser that does not know it", { skip }, async () => {
  const said =
    "Hello, thank you for calling the dental office. Please say yes to confirm, or leave a message after the tone.";
  writeFileSync(join(folder, "greeting.raw"), await heard(await spoken(said, "rms")));
  writeFileSync(join(folder, "ctl"), "greeting\n");
  const hypothesis = join(folder, "hyp");
  execFileSync("/usr/bin/pocketsphinx_batch", [
    "-adcin",
    "yes",
    "-cepdir",
    folder,
    "-cepext",
    ".raw",
    "-ctl",
    join(folder, "ctl"),
    "-hyp",
    hypothesis,
    "-hmm",
    `${model}/en-us`,
    "-lm",
    `${model}/en-us.lm.bin`,
    "-dict",
    `${model}/cmudict-en-us.dict`,
    "-logfn",
    "/dev/null",
  ]); // prettier-ignore
  const text = readFileSync(hypothesis, "utf8")
    .replace(/\(.*\)/, "")
    .trim();
  assert.ok(share(said, text) >= 0.75, `understood: ${text}`);
});

const choices: [text: string, meaning: string][] = [
  ["opening hours", "function:openingHours"],
  ["Opening hours please.", "function:openingHours"],
  ["I would like to leave a message.", "function:message"],
  ["leave a message", "function:message"],
  ["press one", "function:openingHours"],
  ["open the door", "function:door"],
  ["end the call please", "function:goodbye"],
  ["option two", "function:message"],
  ["goodbye", "goodbye"],
  ["say that again", "repeat"],
  ["number five", "key:5"],
];
const chatter = [
  "What is the weather like today?",
  "My cat is sitting on the roof.",
  "I have to call my mother tomorrow.",
  "Do you know where my keys are?",
  "Just a moment, I am looking for it.",
  "Purple elephants like to dance.",
  "What did you say your name was?",
  "Tuesday afternoon would suit me.",
];

test("a choice spoken over G.711 is taken, chatter is not", { skip }, async () => {
  const phrases = menuPhrases(testProfile());
  const wrong: string[] = [];
  const taken: string[] = [];
  for (const voice of ["rms", "awb"] as const) {
    for (const [text, meaning] of choices) {
      const text8 = await recogniser.recognise(phrases, await heard(await spoken(text, voice)));
      if (meaningOf(text8, phrases) !== meaning) wrong.push(`${voice}: ${text} -> ${text8}`);
    }
    for (const text of chatter) {
      const found = await recogniser.recognise(phrases, await heard(await spoken(text, voice)));
      if (found !== "") taken.push(`${voice}: ${text} -> ${found}`);
    }
  }
  assert.ok(wrong.length <= 3, `${wrong.length} of 22 choices lost:\n${wrong.join("\n")}`);
  assert.ok(taken.length <= 2, `${taken.length} of 16 taken for a choice:\n${taken.join("\n")}`);
});

test("what people say about other things is not taken for a choice", { skip: skipPeople }, async () => {
  const phrases = menuPhrases(testProfile());
  const down = await Resampler.create(16_000, 8000);
  const clips = ["cards", "librivox"].flatMap((name) =>
    readdirSync(join(people, name))
      // Card 004 says "five five", which is a choice.
      .filter((file) => file.endsWith(".wav") && file !== "004.wav")
      .map((file) => join(people, name, file)),
  );
  const taken: string[] = [];
  for (const clip of clips) {
    const pcm = down.clip(samplesOf(readFileSync(clip)).subarray(0, 16_000 * 3));
    const found = await recogniser.recognise(phrases, await heard(pcm));
    if (found !== "") taken.push(`${clip}: ${found}`);
  }
  assert.ok(clips.length >= 8);
  assert.ok(taken.length <= 1, taken.join("\n"));
});

const createModel = loadSpeechModel();

test("the detector finds a person's voice over G.711 and cuts it whole", {
  skip: createModel === undefined ? "no voice detector on this machine" : skipPeople,
}, async () => {
  assert.ok(createModel);
  initialiseLiveKit();
  const clip = join(people, "goforward.raw");
  assert.ok(existsSync(clip));
  const down = await Resampler.create(16_000, 8000);
  const up = await Resampler.create(8000, 16_000);
  const person = down.clip(new Int16Array(readFileSync(clip).buffer.slice(0)));
  const line = up.clip(overG711(joined([silence(1), person, silence(1)])));
  const utterances: Utterance[] = [];
  const detector = new VoiceDetector({
    createModel,
    onUtterance: (utterance) => utterances.push(utterance),
    mayInterrupt: () => true,
  });
  const stream = detector.stream();
  for (let at = 0; at + 512 <= line.length; at += 512) {
    detector.hear(line.slice(at, at + 512));
    if (at % 8192 === 0) await new Promise((resolve) => setTimeout(resolve, 5)); // the model has its own pace
  }
  const deadline = Date.now() + 20_000;
  while (utterances.length === 0 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const [utterance] = utterances;
  assert.ok(utterance, "no voice was found");
  stream.close();
  const seconds = utterance.pcm.length / 16_000;
  assert.ok(seconds > 1.5 && seconds < 4.5, `${seconds} s`);
});

function samplesOf(wav: Buffer): Int16Array {
  const data = wav.subarray(44, 44 + ((wav.length - 44) & ~1));
  return new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
}

test("who is asked whether he takes a call is understood", { skip }, async () => {
  const leg = new FakeLeg();
  const told: (string | undefined)[] = [];
  let next: () => void = () => undefined;
  const stop = await listenForSpeech(leg, {
    phrases: ["yes", "sure", "put them through", "no", "not now"],
    onSpeech: (text) => {
      told.push(text);
      next();
    },
    recogniser,
  });
  for (const text of ["Yes please.", "Put them through.", "Not now.", "The weather was cold in Scotland."]) {
    const understood = new Promise<void>((resolve) => {
      next = resolve;
    });
    leg.speak(overG711(joined([silence(0.3), await spoken(text, "rms"), silence(0.8)])));
    // As fast as the detector's model keeps up.
    while (leg.callerSpeaking) {
      for (let tick = 0; tick < 16 && leg.callerSpeaking; tick++) leg.tick();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await understood;
  }
  stop();
  assert.equal(leg.sinks.size, 0);
  assert.deepEqual(told, ["yes", "put them through", "not now", undefined]);
});

// Prints how the detector judges the corpus: `node packages/voice/src/testing/answering-report.ts [-v]`. The tables of
// docs/design/answering-machine.md are made by it.
import { existsSync } from "node:fs";
import { FliteEngine } from "../tts/flite-engine.ts";
import { type Answer, answeringCorpus, type Line, overLine } from "./answering-corpus.ts";
import { judge } from "./answering-judge.ts";

const verbose = process.argv.includes("-v");
const clips = "/usr/share/pocketsphinx/test/data";
const lines: [string, Line][] = [
  ["no noise, -20 dBm0", { level: -20 }],
  ["no noise, -32 dBm0", { level: -32 }],
  ["white, 20 dB", { level: -20, snr: 20, colour: "white" }],
  ["white, 10 dB", { level: -20, snr: 10, colour: "white" }],
  ["room, 20 dB", { level: -20, snr: 20, colour: "room" }],
  ["room, 10 dB", { level: -20, snr: 10, colour: "room" }],
];

async function report(): Promise<void> {
  const engine = new FliteEngine({ cacheBytes: 64 * 1024 * 1024 });
  const { answers, businesses } = await answeringCorpus(engine, existsSync(clips) ? { clips } : {});
  await engine.close();
  table("people and machines", answers);
  table("businesses: long greetings of people", businesses);
}

function table(title: string, answers: Answer[]): void {
  const seconds = answers.reduce((sum, answer) => sum + answer.pcm.length, 0) / 8000;
  print(`\n${title}: ${answers.length} answers, ${Math.round(seconds / 60)} min`);
  print(
    "| line | people: human / machine / unknown | machines: human / machine / unknown | wait of a person, ms: median, most | time to machine, ms: median, most | put right by the beep | beeps heard | false | end told before the beep |",
  );
  print("|---|---|---|---|---|---|---|---|---|");
  for (const [name, line] of lines) {
    const counts = new Map<string, number>();
    const waits: number[] = [];
    const times: number[] = [];
    let [beeps, heard, wrong, early, righted] = [0, 0, 0, 0, 0];
    for (const [index, answer] of answers.entries()) {
      const judged = judge(overLine(answer, line, 5000, index + 1));
      const key = `${answer.who} ${judged.who}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (key === "human human") waits.push(judged.afterMs - endOf(answer));
      if (key === "machine machine") times.push(judged.afterMs);
      const hits = judged.beeps.filter((at) => Math.abs(at - (answer.beepEndsAt ?? -1000)) <= 60).length;
      if (answer.beepEndsAt !== undefined) beeps += 1;
      heard += Math.min(1, hits);
      wrong += judged.beeps.length - hits;
      if (answer.who === "machine" && judged.revised) righted += 1;
      if (judged.greetingEnd !== undefined && judged.greetingEnd < (answer.beepEndsAt ?? 0)) early += 1;
      if (verbose && (key.split(" ")[0] !== key.split(" ")[1] || judged.beeps.length !== hits))
        print(
          `  ${name} | ${answer.who} -> ${judged.who} ${judged.reason} after ${judged.afterMs} beeps ${judged.beeps} (${answer.beepEndsAt}) | ${answer.name.slice(0, 70)}`,
        );
    }
    const row = (who: string) =>
      ["human", "machine", "unknown"].map((as) => counts.get(`${who} ${as}`) ?? 0).join(" / ");
    print(
      `| ${name} | ${row("human")} | ${row("machine")} | ${spread(waits)} | ${spread(times)} | ${righted} | ${heard} of ${beeps} | ${wrong} | ${early} |`,
    );
  }
}

/** Ms at which the voice truly ends: the last frame within 30 dB of the loudest. */
function endOf(answer: Answer): number {
  const peak = answer.pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return answer.pcm.findLastIndex((sample) => Math.abs(sample) > peak / 30) / 8;
}

function spread(values: number[]): string {
  if (values.length === 0) return "-";
  const sorted = values.map(Math.round).sort((a, b) => a - b);
  return `${sorted[sorted.length >> 1]}, ${sorted.at(-1)}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (import.meta.main) await report();

// Conversations by models that go on and on: is each packet in time, and does memory stay where it is?
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeProviders } from "@ringdown/fake-providers";
import { pcmu } from "@ringdown/media";
import { personSays } from "../../interop/src/person.ts";
import { generateCalls, rampSeconds } from "./call-generator.ts";
import { startProduct } from "./peer-process.ts";
import { CostMeter, residentMiB } from "./process-cost.ts";
import type { Report } from "./report.ts";

const CALLS = 25;
const SECONDS = Number(process.env.RINGDOWN_BENCH_SECONDS ?? 600);
/** Between two questions of a caller's, with time for the answer. */
const QUESTION_EVERY_SECONDS = 10;

const agent = {
  ...{ username: "advisor", title: "Advisor", mode: "pipeline", autoRecordingNotification: "false" },
  ...{ welcomeMessage: "Hello, what can I do for you?", speakingTimeout: 700 },
};

interface Sample {
  /** Seconds since the calls began. */
  at: number;
  workerMiB: number;
  mainMiB: number;
  workerCores: number;
}

export async function enduranceBench(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-endurance-"));
  const fake = await FakeProviders.start();
  fake.transcription.otherwise = () => ({ text: "What are your opening hours?" });
  fake.chat.otherwise = () => ({
    text: "We are open from nine to five on all days but Sunday. Is there anything else?",
  });
  const product = await startProduct({
    ...{ OPENAI_API_KEY: "sk-bench", OPENAI_BASE_URL: fake.url, RINGDOWN_OUTGOING_PRIVATE: "127.0.0.0/8" },
  });
  try {
    await product.ringdown.api.createAgent(agent);
    const question = personSays("001", 1).subarray(0, QUESTION_EVERY_SECONDS * 8_000);
    const spoken = new Uint8Array(question.length);
    pcmu.encode(question, spoken, 0);
    const file = join(folder, "question.ul");
    writeFileSync(file, spoken);
    const port = product.ringdown.udp.port;
    const run = {
      ...{ port, user: agent.username, calls: CALLS, rate: 5, hold: SECONDS },
      media: `loop:${file}` as const,
    };
    const outcome = generateCalls(run);
    const samples: Sample[] = [];
    const startedAt = performance.now();
    let meter = new CostMeter([product.workerPid]);
    const sampler = setInterval(
      () => {
        const [workerCores = 0] = meter.cores();
        meter = new CostMeter([product.workerPid]);
        samples.push({
          at: Math.round((performance.now() - startedAt) / 1_000),
          workerMiB: Math.round(residentMiB(product.workerPid)),
          mainMiB: Math.round(residentMiB(product.mainPid)),
          workerCores,
        });
      },
      Math.max(1_000, (SECONDS / 20) * 1_000),
    );
    const result = await outcome.finally(() => clearInterval(sampler));
    const settled = samples.filter(({ at }) => at > rampSeconds(run) + SECONDS / 5);
    const first = settled[0]?.workerMiB ?? 0;
    const last = settled.at(-1)?.workerMiB ?? 0;
    const latest = result.latenessMs?.max ?? Number.POSITIVE_INFINITY;
    return {
      name: "endurance",
      title: `${CALLS} conversations by models for ${SECONDS} s`,
      method: [
        `bench/peers/call-generator.c makes the calls; each caller asks the same question, as a person has said it, every ${QUESTION_EVERY_SECONDS} s, and each from another moment on. The agent hears, thinks and speaks by providers that answer at once on their real protocols (packages/fake-providers) in the process that measures.`,
        `Asked of the models: ${fake.transcription.asked.length} transcriptions, ${fake.chat.asked.length} answers, ${fake.speech.asked.length} sentences to speak.`,
      ],
      goals: [
        {
          goal: "no packet later than one tick (20 ms), no gap, nothing lost",
          reached: latest <= 20 && result.gapsOver40Ms === 0 && result.packetsLost === 0,
          measured: `latest ${latest} ms, ${result.gapsOver40Ms} gaps over 40 ms, ${result.packetsLost} lost of ${result.packetsReceived}`,
        },
        {
          goal: "the worker's memory stays: after a fifth of the time it grows by less than 10 %",
          reached: last < first * 1.1,
          measured: `${first} to ${last} MiB`,
        },
      ],
      columns: ["after s", "worker MiB", "main MiB", "worker cores"],
      rows: samples.map(({ at, workerMiB, mainMiB, workerCores }) => [
        at,
        workerMiB,
        mainMiB,
        workerCores.toFixed(2),
      ]),
      raw: { result, samples },
    };
  } catch (error) {
    product.ringdown.onFailure(error, "endurance");
    throw error;
  } finally {
    await product.ringdown.stop();
    await fake.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

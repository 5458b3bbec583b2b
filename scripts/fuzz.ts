// Feeds the parsers and a whole user agent with inputs that nobody would send, and keeps what breaks them.
//
//   npm run fuzz -- --minutes 30             all targets in turn, for that long; or --seconds, or --runs of each target
//   npm run fuzz -- --seed 7 --target value  the same inputs again, of one target
//   npm run fuzz -- --replay FILE            one input of a corpus; its folder names the target
//   npm run fuzz -- --growth                 twice the input may take twice the time, but not four times
//
// A finding is made as small as it goes and written into its package's corpus, which the tests run again. The exit code
// is 1 when there was one.
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { mediaCorpus, mediaTargets } from "@ringdown/media/fuzz";
import { Corpus, FuzzRun, type FuzzTarget, sipCorpus, sipTargets } from "@ringdown/sip/fuzz";
import { grammarInputs } from "../packages/sip/src/fuzz/arbitraries.ts";
import { growingTooFast } from "./fuzz-growth.ts";

interface Entry {
  readonly target: FuzzTarget;
  readonly folder: URL;
}

const entries: readonly Entry[] = [
  ...sipTargets.map((target) => ({ target, folder: sipCorpus })),
  ...mediaTargets.map((target) => ({ target, folder: mediaCorpus })),
];

/** An input that takes longer has no end; a slow machine under load takes a tenth of it. */
const longestInputMs = 10_000;
const largestInput = 128 * 1024;

interface Job {
  readonly seed: number;
  readonly runs: number;
  readonly milliseconds: number;
  readonly targets: readonly string[];
  /** Number of the input in hand, length and target's index of it; then its bytes. */
  readonly shared: SharedArrayBuffer;
}

/** In a thread of its own, so that an input without an end is noticed. */
function work(job: Job): void {
  const state = new Int32Array(job.shared, 0, 3);
  const room = new Uint8Array(job.shared, 12);
  const chosen = entries.filter(({ target }) => job.targets.includes(target.name));
  const runs = chosen.map(({ target, folder }) => {
    const known = new Corpus(folder).read(target.name).map(({ bytes }) => bytes);
    const index = entries.findIndex((entry) => entry.target === target);
    const onInput = (bytes: Buffer) => {
      room.set(bytes.subarray(0, room.length));
      state[1] = bytes.length;
      state[2] = index;
      Atomics.add(state, 0, 1);
    };
    const more = [...known, ...grammarInputs(target.name, job.seed)];
    return { folder, run: new FuzzRun(target, { seed: job.seed, more, onInput }) };
  });
  const found = new Set<string>();
  const share = job.milliseconds / runs.length;
  for (const { folder, run } of runs) {
    const end = performance.now() + share;
    while (run.steps < job.runs && performance.now() < end) {
      const finding = run.step();
      if (finding === undefined || found.has(`${finding.target} ${finding.what}`)) continue;
      found.add(`${finding.target} ${finding.what}`);
      const file = new Corpus(folder).write(finding.target, finding.smallest);
      const stack = finding.error instanceof Error ? `\n${finding.error.stack}` : "";
      parentPort?.postMessage({
        text: `${finding.target}: ${finding.what}\n  ${file}, input ${finding.step} of seed ${finding.seed}${stack}`,
      });
    }
    parentPort?.postMessage({ text: `${run.target.name}: ${run.steps} inputs, ${run.outcomes} outcomes` });
  }
  parentPort?.postMessage({ findings: found.size });
}

function replay(path: string): number {
  const file = resolve(path);
  const name = basename(dirname(file));
  const entry = entries.find(({ target }) => target.name === name);
  if (entry === undefined) {
    console.error(`There is no target ${name}: ${entries.map(({ target }) => target.name).join(", ")}.`);
    return 2;
  }
  try {
    console.log(`${name}: ${entry.target.run(readFileSync(file))}`);
    return 0;
  } catch (error) {
    console.error(error);
    return 1;
  }
}

async function fuzz(job: Job): Promise<number> {
  console.log(`Seed ${job.seed}. The same inputs again: npm run fuzz -- --seed ${job.seed}`);
  const state = new Int32Array(job.shared, 0, 3);
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: job });
  const findings = await new Promise<number>((done, fail) => {
    let seen = -1;
    let since = performance.now();
    const watch = setInterval(() => {
      if (state[0] !== seen) {
        seen = state[0] ?? 0;
        since = performance.now();
      } else if (seen > 0 && performance.now() - since > longestInputMs) {
        clearInterval(watch);
        const entry = entries[state[2] ?? 0] as Entry;
        const bytes = Buffer.from(new Uint8Array(job.shared, 12, Math.min(state[1] ?? 0, largestInput)));
        const file = new Corpus(entry.folder).write(entry.target.name, bytes);
        console.error(`${entry.target.name}: an input takes more than ${longestInputMs / 1000} s: ${file}`);
        void worker.terminate().then(() => done(1));
      }
    }, 500);
    worker.on("message", (message: { text?: string; findings?: number }) => {
      if (message.text !== undefined) console.log(message.text);
      if (message.findings !== undefined) {
        clearInterval(watch);
        done(message.findings);
      }
    });
    worker.on("error", (error) => {
      clearInterval(watch);
      fail(error);
    });
  });
  await worker.terminate();
  console.log(findings === 0 ? "Nothing broke." : `${findings} different faults.`);
  return findings === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string" },
      seconds: { type: "string" },
      runs: { type: "string" },
      seed: { type: "string" },
      target: { type: "string", multiple: true },
      replay: { type: "string" },
      growth: { type: "boolean" },
    },
  });
  if (values.replay !== undefined) return replay(values.replay);
  if (values.growth === true) {
    const slow = growingTooFast();
    for (const line of slow) console.error(line);
    console.log(
      slow.length === 0 ? "Time grows with the size of the input." : `${slow.length} shapes grow too fast.`,
    );
    return slow.length === 0 ? 0 : 1;
  }
  const limited = values.minutes !== undefined || values.seconds !== undefined;
  const seconds = 60 * Number(values.minutes ?? 0) + Number(values.seconds ?? 0);
  return await fuzz({
    seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 32)),
    runs: Number(values.runs ?? Number.MAX_SAFE_INTEGER),
    milliseconds: limited ? 1000 * seconds : values.runs === undefined ? 60_000 : Number.MAX_SAFE_INTEGER,
    targets: values.target ?? entries.map(({ target }) => target.name),
    shared: new SharedArrayBuffer(12 + largestInput),
  });
}

if (isMainThread) process.exitCode = await main();
else work(workerData as Job);

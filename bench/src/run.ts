// npm run bench            runs all benchmarks, one after the other
// npm run bench -- NAME…   runs those: messages options dialogs digest call-rate echo bridge attendant start, and what is long and
//                          runs only when named: registrations endurance
import { loadavg } from "node:os";
import { describeMachine } from "./machine.ts";
import { publish, type Report } from "./report.ts";

// Loaded when their turn comes: one that cannot load must not keep the others from running.
const benchmarks: Record<string, () => Promise<Report>> = {
  messages: async () => (await import("./message-bench.ts")).messageBench(),
  options: async () => (await import("./options-bench.ts")).optionsBench(),
  dialogs: async () => (await import("./dialog-bench.ts")).dialogBench(),
  digest: async () => (await import("./digest-bench.ts")).digestBench(),
  "call-rate": async () => (await import("./call-rate-bench.ts")).callRateBench(),
  echo: async () => (await import("./echo-bench.ts")).echoBench(),
  bridge: async () => (await import("./bridge-bench.ts")).bridgeBench(),
  attendant: async () => (await import("./attendant-bench.ts")).attendantBench(),
  start: async () => (await import("./start-bench.ts")).startBench(),
  registrations: async () => (await import("./registrations-bench.ts")).registrationsBench(),
  endurance: async () => (await import("./endurance-bench.ts")).enduranceBench(),
};
/** Minutes each. */
const onlyWhenNamed = ["registrations", "endurance"];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => benchmarks[name] === undefined);
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(", ")}; there are: ${Object.keys(benchmarks).join(" ")}`);
  process.exit(2);
}
for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (wanted.length > 0 ? !wanted.includes(name) : onlyWhenNamed.includes(name)) continue;
  const load = loadavg()[0] ?? 0;
  if (load > 0.7)
    console.warn(`the machine is busy (load ${load.toFixed(1)}): figures of ${name} will suffer`);
  console.log(`\n== ${name}`);
  try {
    publish(await benchmark(), describeMachine(load));
  } catch (error) {
    console.error(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
}

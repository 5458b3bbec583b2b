// An application under simulation: a front desk, its phones and its callers on a virtual network that loses and repeats what they
// say, hundreds of times, each time another way, and each time again from its seed alone.
//   npm start -w examples/sip-simulated-calls [-- CALLS] [-- --fault]
import { parseArgs } from "node:util";
import {
  createSimulation,
  type Endpoint,
  forEachSeed,
  plainAudio,
  type RuleBook,
  type Simulation,
  watchRules,
} from "@ringdown/sip/simulation";
import { frontDesk, type Phone } from "./front-desk.ts";

const { values, positionals } = parseArgs({
  options: { fault: { type: "boolean" } },
  allowPositionals: true,
});
const calls = Number(positionals[0] ?? 500);
const hour = 3_600_000;

interface House {
  readonly simulation: Simulation;
  readonly rules: RuleBook;
  readonly desk: Endpoint;
  readonly phones: readonly Endpoint[];
  readonly caller: Endpoint;
}

/** Who answers after how many ms; undefined: nobody does. */
type Answers = readonly (number | undefined)[];

function build(seed: number, network: object, answers: (random: () => number) => Answers): House {
  const simulation = createSimulation({ seed, network });
  const rules = watchRules(simulation);
  const plan = answers(simulation.random());
  const phones = plan.map((after, index) =>
    simulation.endpoint(`phone-${index + 1}`, (phone) => ({
      onInvite: (call) => {
        call.ring();
        if (after !== undefined) phone.setTimer(after, () => call.accept(plainAudio(phone)));
      },
    })),
  );
  // Made anew in each life of the endpoint: a desk that crashes forgets its calls, as a real one would.
  const desk = simulation.endpoint("desk", (endpoint) =>
    frontDesk({
      phones: phones.map(
        ({ name, address, port }): Phone => ({
          uri: `sip:${name}@${address}:${port}`,
          target: { transport: "udp", address, port },
        }),
      ),
      dial: ({ uri, target }, sdp) =>
        endpoint.userAgent.invite({
          ...{ requestUri: uri, from: "<sip:desk@house.test>", to: `<${uri}>`, target },
          ...(sdp !== undefined && { sdp }),
        }),
      setTimer: (after, action) => endpoint.setTimer(after, action),
      ...{ patience: 10_000, forgetsCallers: values.fault === true },
    }),
  );
  return { simulation, rules, desk, phones, caller: simulation.endpoint("caller") };
}

// One call, message by message.
const quiet = build(1, {}, () => [undefined, 2_000]);
const call = quiet.caller.call(quiet.desk);
call.onAnswered = () => quiet.simulation.at(quiet.simulation.now + 60_000, () => call.hangUp());
quiet.simulation.run();
console.log(`One call, and what was said (ms):\n${quiet.simulation.ladder()}\n`);

// Many, over a network that loses a fifth; callers give up when they like.
let connected = 0;
let virtual = 0;
const started = performance.now();
try {
  forEachSeed(calls, (seed) => {
    const network = { loss: 0.2, duplication: 0.05, minDelay: 5, maxDelay: 150 };
    const { simulation, rules, desk, phones, caller } = build(seed, network, (random) =>
      [0, 0].map(() => (random() < 0.7 ? Math.floor(random() * 15_000) : undefined)),
    );
    const random = simulation.random();
    const leg = caller.call(desk);
    leg.onAnswered = () => connected++;
    simulation.at(random() * 30_000, () => leg.hangUp());
    simulation.run(hour);
    // What this application promises, besides what RFC 3261 asks of everybody.
    for (const { name, userAgent } of [desk, ...phones]) {
      if (userAgent.stateSize().dialogs > 0) rules.report("nobody is left alone in a call", name, "is");
    }
    rules.finish();
    rules.assertKept();
    virtual += simulation.now;
  });
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${calls} calls, ${connected} put through, ${virtual / hour} hours in ${seconds.toFixed(1)} s: every rule was kept`,
  );
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

export { Corpus } from "./corpus.ts";
export { type FuzzFinding, FuzzRun, whatFails } from "./fuzz-run.ts";
export { readEverything } from "./read-everything.ts";
export { messageShapes, type Shape, valueShapes } from "./shapes.ts";
export { StepCounter } from "./step-counter.ts";
export { FuzzFault, type FuzzTarget } from "./target.ts";
export { sipCorpus, sipTargets } from "./targets.ts";

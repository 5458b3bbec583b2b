export { sdpShapes } from "./sdp-shapes.ts";
export type { MediaFuzzTarget } from "./target.ts";
export { mediaCorpus, mediaTargets } from "./targets.ts";

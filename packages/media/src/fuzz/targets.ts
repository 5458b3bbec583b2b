import { packetTarget } from "./packet-target.ts";
import { sdpTarget } from "./sdp-target.ts";
import type { MediaFuzzTarget } from "./target.ts";

export const mediaTargets: readonly MediaFuzzTarget[] = [sdpTarget, packetTarget];
export const mediaCorpus = new URL("../../testdata/corpus/", import.meta.url);

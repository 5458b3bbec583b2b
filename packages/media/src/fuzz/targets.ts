import { dtlsTarget } from "./dtls-target.ts";
import { packetTarget } from "./packet-target.ts";
import { sdpTarget } from "./sdp-target.ts";
import type { MediaFuzzTarget } from "./target.ts";

export const mediaTargets: readonly MediaFuzzTarget[] = [sdpTarget, packetTarget, dtlsTarget];
export const mediaCorpus = new URL("../../testdata/corpus/", import.meta.url);

import { dnsTarget } from "./dns-target.ts";
import { messageTarget } from "./message-target.ts";
import { sessionTarget } from "./session-target.ts";
import { streamTarget } from "./stream-target.ts";
import type { FuzzTarget } from "./target.ts";
import { valueTarget } from "./value-target.ts";

export const sipTargets: readonly FuzzTarget[] = [
  messageTarget,
  streamTarget,
  valueTarget,
  dnsTarget,
  sessionTarget,
];
export const sipCorpus = new URL("../../testdata/corpus/", import.meta.url);

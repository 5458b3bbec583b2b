import { existsSync, readdirSync, readFileSync } from "node:fs";

const testdata = new URL("../../testdata/", import.meta.url);
/** Messages of real devices, where this package stands in its repository. */
const bench = new URL("../../../../bench/messages/", import.meta.url);

function below(folder: URL): Buffer[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sip"))
    .sort()
    .map((name) => readFileSync(new URL(name, folder)));
}

/** All whole messages at hand: real ones, odd ones, and those that once broke something. */
export function recordedMessages(): Buffer[] {
  return [...below(new URL("messages/", testdata)), ...below(new URL("torture/", testdata)), ...below(bench)];
}

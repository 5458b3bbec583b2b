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

let recorded: readonly Buffer[] | undefined;

/** All whole messages at hand, real ones and odd ones. Not to be written to. */
export function recordedMessages(): readonly Buffer[] {
  recorded ??= ["messages/", "torture/"]
    .flatMap((folder) => below(new URL(folder, testdata)))
    .concat(below(bench));
  return recorded;
}

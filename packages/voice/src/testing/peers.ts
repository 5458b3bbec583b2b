import { existsSync } from "node:fs";

/**
 * For tests with programs that we did not write: the reason to skip where one is absent. Where RINGDOWN_REQUIRE_PEERS=1,
 * absence is a failure.
 */
export function skipWithout(name: string, files: readonly string[]): string | false {
  const absent = files.filter((file) => !existsSync(file));
  if (absent.length === 0) return false;
  const reason = `${name} is not installed`;
  if (process.env.RINGDOWN_REQUIRE_PEERS === "1") throw new Error(`${reason}: ${absent.join(", ")}`);
  return reason;
}

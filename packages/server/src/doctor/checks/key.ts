// The key of stored passwords: that nobody else reads it, and that it opens what it has sealed.
import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import { type KeyFileReading, lookAtKeyFile } from "../../secrets/key-file.ts";
import { Secrets } from "../../secrets/secrets.ts";
import type { SealedSecret } from "../database-facts.ts";
import { type Finding, fail, ok, sentenceOf, warn } from "../finding.ts";

export interface KeyFacts {
  readonly path: string;
  readonly file: KeyFileReading;
  /** RINGDOWN_KEY is set. */
  readonly isGiven: boolean;
  readonly secrets: number;
  /** Those that cannot be opened: whose they are, and why. */
  readonly lost: readonly { readonly of: string; readonly why: string }[];
}

export function checkKey({ dataDir, key }: Config, sealed: readonly SealedSecret[]): Finding {
  const path = join(dataDir, "secret.key");
  const secrets = new Secrets({ path, key, readOnly: true });
  const lost = sealed.flatMap((secret) => {
    try {
      secrets.unseal(secret.sealed, secret.purpose);
      return [];
    } catch (error) {
      return [{ of: secret.of, why: sentenceOf(error) }];
    }
  });
  return judgeKey({
    ...{ path, lost, file: lookAtKeyFile(path), isGiven: key !== undefined, secrets: sealed.length },
  });
}

export function judgeKey({ path, file, isGiven, secrets, lost }: KeyFacts): Finding {
  const [first] = lost;
  if (first !== undefined) {
    const more = lost.length === 1 ? "" : ` (and those of ${lost.length - 1} more)`;
    return fail("key", `The password or key of ${first.of}${more} cannot be read.`, first.why);
  }
  if (file.kind === "unusable" && !isGiven)
    return fail("key", "No password can be stored or read.", file.sentence);
  if (file.kind === "key" && file.isOpen) {
    return warn(
      "key",
      `${path} can be read by other users of this machine.`,
      `Run chmod 600 ${path} (the next start does); who may have read it knows the passwords in the database.`,
    );
  }
  const stored = secrets === 1 ? "the stored password" : `the ${secrets} stored passwords`;
  if (secrets > 0) return ok("key", `${isGiven ? "RINGDOWN_KEY" : path} opens ${stored}.`);
  if (isGiven) return ok("key", "RINGDOWN_KEY is set; no password is stored yet.");
  return ok("key", file.kind === "missing" ? "It is made with the first password." : `${path} holds a key.`);
}

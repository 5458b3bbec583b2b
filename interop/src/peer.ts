// Finds the programs of others that the tests drive, and says what becomes of a test when one is missing.
import { accessSync, constants, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";

export interface Peer {
  readonly program: string;
  /** The Debian package that brings it. */
  readonly debianPackage: string;
  /** Pattern of a file that has to be there as well, where another package brings it than that of the program. */
  readonly file?: string;
  /** Its tests are skipped where it is missing, also under RINGDOWN_REQUIRE_PEERS=1: a second opinion, too large for CI. */
  readonly optional?: boolean;
}

export const sipp: Peer = { program: "sipp", debianPackage: "sip-tester" };
export const baresip: Peer = { program: "baresip", debianPackage: "baresip-core" };
export const linphonec: Peer = { program: "linphonec", debianPackage: "linphone-cli", optional: true };
export const pocketsphinx: Peer = { program: "pocketsphinx_batch", debianPackage: "pocketsphinx" };

/** Full path of a program in PATH (and the sbin folders, where Debian puts servers), or undefined. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  for (const folder of folders) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** True where a missing peer is a failure and not a skip: CI sets it. */
export const peersRequired = process.env.RINGDOWN_REQUIRE_PEERS === "1";

/** One line that says which peers are missing, or undefined when all are there. */
export function missingPeers(peers: readonly Peer[]): string | undefined {
  const missing = peers.filter(
    ({ program, file }) =>
      findProgram(program) === undefined || (file !== undefined && globSync(file).length === 0),
  );
  if (missing.length === 0) return undefined;
  return missing
    .map(
      ({ program, file, debianPackage }) =>
        `${file ?? program} is not installed (apt-get install ${debianPackage})`,
    )
    .join(", ");
}

export interface PeerTestOptions {
  /** Programs that the test cannot do without. */
  peers?: readonly Peer[];
  /** Whole test, ms. */
  timeout?: number;
  /** Called with the error of a failing test before it is passed on, to keep logs. */
  onFailure?: (error: unknown, name: string) => void;
}

/** A test that needs programs of others: skipped with one clear line where one is missing, failed under RINGDOWN_REQUIRE_PEERS=1. */
export function peerTest(
  name: string,
  options: PeerTestOptions,
  body: (context: TestContext) => Promise<void>,
): void {
  const missing = missingPeers(options.peers ?? []);
  const required = peersRequired && !options.peers?.some((peer) => peer.optional === true);
  const skip = missing !== undefined && !required ? missing : false;
  test(name, { skip, timeout: options.timeout ?? 60_000 }, async (context) => {
    if (missing !== undefined) throw new Error(`RINGDOWN_REQUIRE_PEERS=1, but ${missing}`);
    try {
      await body(context);
    } catch (error) {
      options.onFailure?.(error, name);
      throw error;
    }
  });
}

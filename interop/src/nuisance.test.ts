// Scanners and trash throwers of others, as every SIP port on an open network meets them: they learn nothing, and break nothing.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { ended, startChild } from "./child.ts";
import { findProgram, type Peer, peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp } from "./sipp.ts";

const sipsak: Peer = { program: "sipsak", debianPackage: "sipsak" };
const svmap: Peer = { program: "svmap", debianPackage: "sipvicious" };
const svwar: Peer = { program: "svwar", debianPackage: "sipvicious" };

/** Runs a program to its end, or for so long; gives what it said. */
async function run(peer: Peer, parameters: readonly string[], limitMs: number): Promise<string> {
  const child = startChild(findProgram(peer.program) ?? peer.program, parameters, {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-100_000);
    });
  }
  const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
  await ended(child);
  clearTimeout(limit);
  return text;
}

describe("nuisance", () => {
  let ringdown: RingdownProcess;
  let folder: string;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    ringdown = await RingdownProcess.start();
    await ringdown.api.createAgent({ username: "echo-line", title: "Echo", mode: "echo" });
    folder = mkdtempSync(join(tmpdir(), "ringdown-nuisance-"));
  });
  after(async () => {
    await ringdown?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function assertTakesCalls(): Promise<void> {
    const result = await runSipp({ scenario: "call", remote: ringdown.udp, user: "echo-line" });
    assertSippPassed(result);
  }

  peerTest(
    "sipvicious, where nobody lists it, finds no device and cannot tell an agent from a name that is none",
    { peers: [svmap, svwar, sipp], onFailure },
    async () => {
      const address = { ip: "127.0.0.1" };
      await ringdown.api.json("DELETE", "/api/v2/sip/ipWhitelist", address);
      const names = join(folder, "names.txt");
      // Below the rate at which an unlisted source is not even read: each gets its answer, or none for what it asks.
      writeFileSync(names, ["demo", "echo-line", "nobody", "admin", "1000", "root"].join("\n"));
      const target = ["-p", String(ringdown.udp.port), "127.0.0.1"];
      assert.match(await run(svmap, target, 20_000), /found nothing/);
      for (const method of ["REGISTER", "INVITE"]) {
        const found = await run(svwar, ["--force", "-m", method, "-d", names, ...target], 20_000);
        assert.match(found, /found nothing/, method);
      }
      const [newest] = await ringdown.api.rejectedCalls();
      assert.equal(newest?.code, "source_not_listed");
      await ringdown.api.json("POST", "/api/v2/sip/ipWhitelist", { ...address, label: "this machine" });
      assert.match(await run(svmap, target, 20_000), /Ringdown/);
      await assertTakesCalls();
    },
  );

  peerTest(
    "sipsak: a ping is answered; trash, and a flood, change nothing",
    { peers: [sipsak, sipp], onFailure },
    async () => {
      const uri = ["-s", `sip:demo@127.0.0.1:${ringdown.udp.port}`];
      assert.match(await run(sipsak, ["-vv", ...uri], 20_000), /SIP\/2\.0 200 OK/);
      for (let round = 0; round < 3; round++) await run(sipsak, ["-R", "-t", "200", ...uri], 1_500);
      await run(sipsak, ["-F", "-e", "5000", ...uri], 20_000);
      assert.ok(ringdown.alive);
      await assertTakesCalls();
    },
  );
});

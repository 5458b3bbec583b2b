// The node behind NAT: a router in a network namespace of its own between it and the world. Needs root.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { startChild } from "./child.ts";
import { kamailio } from "./kamailio.ts";
import { missingPeers, type Peer, peersRequired, sipp } from "./peer.ts";
import { node } from "./ringdown-process.ts";

const ip: Peer = { program: "ip", debianPackage: "iproute2" };
const nft: Peer = { program: "nft", debianPackage: "nftables" };
const peers = [ip, nft, kamailio, sipp];

/** Why it cannot be run here, beside a missing program: a container may forbid namespaces even to root. */
function forbidden(): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  try {
    const name = `rd-try-${process.pid}`;
    execFileSync("ip", ["netns", "add", name], { stdio: "ignore" });
    execFileSync("ip", ["netns", "delete", name], { stdio: "ignore" });
    return undefined;
  } catch {
    return "this machine does not let network namespaces be made";
  }
}

const missing = missingPeers(peers);
const skip = missing === undefined ? (forbidden() ?? false) : peersRequired ? false : missing;

test("behind NAT: registered, called in, called out, heard both ways", {
  skip,
  timeout: 90_000,
}, async () => {
  if (missing !== undefined) throw new Error(`RINGDOWN_REQUIRE_PEERS=1, but ${missing}`);
  const names = {
    inside: `rd-in-${process.pid}`,
    router: `rd-nat-${process.pid}`,
    outside: `rd-out-${process.pid}`,
  };
  const run = (line: string): void => {
    const [program = "", ...parameters] = line.split(" ");
    execFileSync(program, parameters, { stdio: ["ignore", "ignore", "pipe"] });
  };
  const { inside, router, outside } = names;
  try {
    for (const name of Object.values(names)) {
      run(`ip netns add ${name}`);
      run(`ip -n ${name} link set lo up`);
    }
    run(`ip link add inner netns ${inside} type veth peer name inner netns ${router}`);
    run(`ip link add outer netns ${outside} type veth peer name outer netns ${router}`);
    for (const [name, device, address] of [
      [inside, "inner", "192.168.77.2/24"],
      [router, "inner", "192.168.77.1/24"],
      [router, "outer", "203.0.113.1/24"],
      [outside, "outer", "203.0.113.2/24"],
      [outside, "outer", "203.0.113.3/24"],
    ]) {
      run(`ip -n ${name} address add ${address} dev ${device}`);
      run(`ip -n ${name} link set ${device} up`);
    }
    run(`ip -n ${inside} route add default via 192.168.77.1`);
    run(`ip netns exec ${router} sysctl -qw net.ipv4.ip_forward=1`);
    const nat = (rule: string) => run(`ip netns exec ${router} nft ${rule}`);
    nat("add table ip nat");
    nat("add chain ip nat post { type nat hook postrouting priority 100 ; }");
    nat("add rule ip nat post oifname outer masquerade");

    const scene = join(import.meta.dirname, "nat-scene.ts");
    const child = startChild("ip", ["netns", "exec", inside, node, scene, outside], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-8_000);
      });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    assert.equal(code, 0, output);
  } finally {
    for (const name of Object.values(names)) {
      try {
        run(`ip netns delete ${name}`);
      } catch {
        // It was not made.
      }
    }
  }
});

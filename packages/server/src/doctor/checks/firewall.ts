// This machine's own packet filter, as far as it can be read: a filter that drops what it has no rule for, and has none for us.
import { execFile } from "node:child_process";
import { type Finding, ok, warn } from "../finding.ts";

export interface Opening {
  readonly protocol: "udp" | "tcp";
  readonly first: number;
  readonly last: number;
}

/** Whether what comes in is dropped unless a rule lets it in. @param rules of `nft list ruleset` or `iptables-save` */
export function dropsByDefault(rules: string): boolean {
  return /hook input[^;]*;\s*policy drop/.test(rules) || /^:INPUT DROP\b/m.test(rules);
}

/** Whether any rule that accepts names those ports: a guess, as rules may do it in other ways. */
export function isNamed(rules: string, { protocol, first, last }: Opening): boolean {
  const accepting = rules.split("\n").filter((line) => /\baccept\b/i.test(line) && /dports?\b/.test(line));
  return accepting.some((line) => {
    if (!line.includes(protocol) && !/\bth dport\b/.test(line)) return false;
    const ports = /dports?\s+(\{[^}]*\}|\S+)/.exec(line)?.[1] ?? "";
    return [...ports.matchAll(/(\d+)(?:[-:](\d+))?/g)].some(
      ([, from, to]) => Number(from) <= first && Number(to ?? from) >= last,
    );
  });
}

/** @param rules undefined: they cannot be read */
export function judgeFirewall(rules: string | undefined, openings: readonly Opening[]): Finding {
  if (rules === undefined) {
    return ok("firewall", "This machine's filter can be read by root alone: nothing is known of it.");
  }
  if (!dropsByDefault(rules))
    return ok("firewall", "This machine's own filter lets in what it has no rule for.");
  const missing = openings.filter((opening) => !isNamed(rules, opening)).map(portsText);
  if (missing.length === 0)
    return ok("firewall", "This machine's own filter has rules that let our ports in.");
  return warn(
    "firewall",
    `This machine's own filter drops what it has no rule for, and no rule is seen for ${missing.join(", ")}.`,
    `Let these in, from your PBX or trunk at least (nft, or: ${missing.map((port) => `ufw allow ${port.replace(/^(\S+) (\S+)$/, "$2/$1").replace("-", ":")}`).join("; ")}).`,
  );
}

function portsText({ protocol, first, last }: Opening): string {
  return `${protocol} ${first === last ? first : `${first}-${last}`}`;
}

export async function readFirewall(): Promise<string | undefined> {
  const parts = await Promise.all([
    output("nft", ["list", "ruleset"]),
    output("iptables-save", []),
    output("ip6tables-save", []),
  ]);
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.join("\n");
}

function output(program: string, parameters: string[]): Promise<string | undefined> {
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
  return new Promise((resolve) => {
    execFile(
      program,
      parameters,
      { timeout: 3_000, maxBuffer: 4 << 20, env: { ...process.env, PATH: path } },
      (error, stdout) => resolve(error === null ? stdout : undefined),
    );
  });
}

// Whether the running node's API answers, is ready, and knows the token.
import type { Config } from "../../config/config.ts";
import { type Finding, fail, ok, sentenceOf, warn } from "../finding.ts";
import { NodeApi } from "../node-api.ts";
import type { RunningNode } from "../running-node.ts";
import type { NodeNews } from "../scene.ts";

export type ApiReading =
  | { readonly kind: "silent" }
  | { readonly kind: "answered"; readonly ready: string | undefined; readonly access: Access };
/** `unasked`: no token was given. */
export type Access =
  | { readonly kind: "unasked" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "granted"; readonly news: NodeNews };

/** @throws where the node went away meanwhile */
export async function readApi(
  { api: base }: RunningNode,
  { token }: Pick<Config, "token">,
): Promise<ApiReading> {
  if (base === undefined) return { kind: "silent" };
  const api = new NodeApi(base, token);
  const { status, body } = await api.ask("GET", "/readyz");
  const ready = status === 200 ? undefined : String(body.message);
  return { kind: "answered", ready, access: await accessOf(api, token) };
}

async function accessOf(api: NodeApi, token: string | undefined): Promise<Access> {
  if (token === undefined) return { kind: "unasked" };
  const { status, body } = await api.ask("GET", "/api/v2/status");
  if (status !== 200) return { kind: "refused", why: sentenceOf(body.message ?? status) };
  const [registrations, routes, accessList] = await Promise.all([
    api.registrations(),
    api.routes(),
    api.accessList(),
  ]);
  return {
    kind: "granted",
    news: { api, registrations, routes, accessList, status: body.status as NodeNews["status"] },
  };
}

export function judgeApi(node: RunningNode | undefined, reading: ApiReading | undefined): Finding[] {
  if (node === undefined || reading === undefined) {
    return [ok("running", "No Ringdown runs on this data folder: what follows is what a start would meet.")];
  }
  const who = node.pid === undefined ? "Ringdown runs" : `Ringdown runs (process ${node.pid})`;
  if (reading.kind === "silent") {
    return [
      fail(
        "running",
        `${who}, but its API does not answer.`,
        "Where it is starting or ending, ask again; else see its log, and whether RINGDOWN_HTTP is the same here as there.",
      ),
    ];
  }
  const { ready, access } = reading;
  const findings = [
    ready === undefined
      ? ok("running", `${who}, at ${node.api}, and is ready for calls.`)
      : fail("running", `${who}, at ${node.api}, and is not ready: ${ready}`, "See its log."),
  ];
  if (access.kind === "unasked") {
    findings.push(
      warn(
        "token",
        "RINGDOWN_TOKEN is not set here: the node cannot be asked, and what follows is from its database.",
        "Run this with RINGDOWN_TOKEN, to see states as they are now.",
      ),
    );
  } else if (access.kind === "refused") {
    findings.push(
      fail(
        "token",
        `The node does not take RINGDOWN_TOKEN: ${access.why}`,
        "Set one that is in force; a RINGDOWN_TOKEN that is changed counts from the next start.",
      ),
    );
  } else findings.push(ok("token", "The node takes RINGDOWN_TOKEN."));
  return findings;
}

import { SourceRate } from "@ringdown/sip";
import type { Config } from "../config/config.ts";
import type { Store } from "../store/store.ts";
import { NetworkSet } from "./access-matcher.ts";
import { canonicalAddress } from "./address.ts";
import type { EdgeView } from "./judge-invite.ts";

export interface EdgeDependencies {
  store: Pick<Store, "agents" | "accessList">;
  config: Pick<Config, "trustedProxies" | "unlisted" | "limits">;
  running: EdgeView["running"];
  /** Milliseconds of a clock that does not step back. */
  now: () => number;
  registrations: Pick<EdgeView, "isRegistrar"> & { contact: EdgeView["registration"] };
}

/** The view that INVITEs of this node are judged against: always the present state of store and calls. */
export function createEdgeView({ store, config, running, now, registrations }: EdgeDependencies): EdgeView {
  const rate = new SourceRate(config.limits.invitesPerSecond);
  return {
    registration: (user) => registrations.contact(user),
    isRegistrar: (address) => registrations.isRegistrar(address),
    agents: store.agents.directory(),
    accessList: store.accessList.matcher(),
    trustedProxies: new NetworkSet(config.trustedProxies),
    unlisted: config.unlisted,
    limits: config.limits,
    running,
    takeRate: (source) => rate.take(source, now()),
  };
}

/**
 * Whether a request outside a dialog that is no INVITE (OPTIONS, or one that is malformed) is answered at all: only to
 * a source that some organization lists, a registrar of our registrations, or a trusted proxy; for any other this host is silent (spec §2). With
 * `unlisted: "reject"` too: nothing but an INVITE is worth a word to a stranger.
 */
export function screen(
  source: string,
  view: Pick<EdgeView, "accessList" | "trustedProxies" | "isRegistrar">,
): "answer" | "drop" {
  const address = canonicalAddress(source);
  const known =
    view.trustedProxies.has(address) ||
    view.isRegistrar(address) ||
    view.accessList.listedBy(address).size > 0;
  return known ? "answer" : "drop";
}

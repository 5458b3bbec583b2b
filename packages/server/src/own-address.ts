// The address that we give to a peer: of this machine, of the router before it, or as it was configured.
import { isIPv6 } from "node:net";
import { offeredAddress } from "@ringdown/media";
import type { Address, Flow, Listener, SendTarget } from "@ringdown/sip";

export interface OwnAddressesOptions {
  /** The listeners with their real ports. */
  bound(): readonly Listener[];
  /** The address of this machine that leads to a remote, or the configured one. */
  localAddressFor(remoteAddress: string): string;
  /** Stands before what a listener is bound to, for remotes beyond this machine's subnets. */
  readonly publicAddress: string | undefined;
  /** Where the registrar there sees us, where that is another than our own address. */
  seenBy(registrar: SendTarget): Address | undefined;
}

export class OwnAddresses {
  readonly #options: OwnAddressesOptions;

  constructor(options: OwnAddressesOptions) {
    this.#options = options;
  }

  /** As far as this machine knows by itself. Port 0: nobody listens by that transport. */
  listening(to: Flow | SendTarget): Address {
    const { publicAddress } = this.#options;
    const remote = "remoteAddress" in to ? to.remoteAddress : to.address;
    const ours = this.#options
      .bound()
      .filter(({ protocol, host }) => protocol === to.transport && isIPv6(host) === isIPv6(remote));
    // A connection that we opened has a local port on which nobody listens: there the listener's stands in.
    const listener = ours.find(({ port }) => port === to.localPort) ?? ours[0];
    const port = listener?.port ?? 0;
    const outside = this.#options.localAddressFor(remote);
    if (outside === publicAddress) return { host: outside, port };
    if (to.localAddress) return { host: withoutZone(to.localAddress), port };
    return { host: listener === undefined || isWildcard(listener.host) ? outside : listener.host, port };
  }

  /** For Contact and Via. */
  signalling(flow: Flow): Address {
    const { transport, remoteAddress: address, remotePort: port } = flow;
    const seen = this.#options.seenBy({ transport, address, port });
    if (seen !== undefined) return seen;
    const own = this.listening(flow);
    // Where nobody listens by that transport, our connection is the only way to us.
    return { ...own, port: own.port || flow.localPort || (this.#options.bound()[0]?.port ?? 5060) };
  }

  /** For the SDP of an offer that goes there. */
  mediaTowards(target: SendTarget): string {
    const { host } = this.listening(target);
    const seen = this.#options.seenBy(target);
    const isBetter = seen !== undefined && host !== this.#options.publicAddress;
    return isBetter && isIPv6(seen.host) === isIPv6(host) ? seen.host : host;
  }

  /**
   * For the SDP: of the family that the peer wants its audio on, which need not be its signalling's.
   * @param seen where the registrar sees us that the call comes from
   */
  media(flow: Flow, offer: string | undefined, seen?: Address): string {
    const theirs = (offer === undefined ? undefined : offeredAddress(offer)) ?? flow.remoteAddress;
    const isFit = (address: string) => isIPv6(address) === isIPv6(theirs);
    const { host } = this.listening(flow);
    // What was configured is meant; else a router's address that a registrar has told us is better than our own.
    if (seen !== undefined && host !== this.#options.publicAddress && isFit(seen.host)) return seen.host;
    return isFit(host) ? host : this.#options.localAddressFor(theirs);
  }
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** A zone ("fe80::1%eth0", RFC 4007) means nothing to anybody else. */
function withoutZone(address: string): string {
  return address.split("%", 1)[0] ?? address;
}

import type { Flow, SendTarget } from "../environment.ts";
import { SipTransportError } from "../errors.ts";
import { type Attached, type Network, type PacketOnItsWay, remoteOf, type SendError } from "./network.ts";

/** ms. A connection that does not open, or whose bytes are not acknowledged, is given up after this long. */
const connectTimeout = 8_000;
const streamTimeout = 60_000;
/** ms, the first interval at which TCP sends a segment again (RFC 6298). */
const firstResend = 200;
const maxResends = 6;
const firstEphemeralPort = 40_000;

interface Held {
  readonly packet: PacketOnItsWay;
  readonly onError: SendError | undefined;
}

/** One side of a connection: what its owner knows of it, and what it has sent that way. */
interface End {
  readonly id: number;
  readonly owner: Attached;
  readonly flow: Flow;
  /** As the owner would look for it. */
  readonly remoteKey: string;
  peer: End | undefined;
  isOpen: boolean;
  /** False for one whose opening the network holds up. */
  isConnected: boolean;
  /** When the handshake is done. */
  openAt: number;
  /** Time before which nothing further sent from here arrives: a stream keeps its order. */
  lastArrival: number;
  held: Held[];
}

/**
 * Connections of TCP and what is built on it. They bring what is sent whole, once and in order, and late where the
 * network is bad. They break by a reset, by a crash of either side, and by a network that is cut for too long; who is
 * not told at once learns it from the next thing that it sends.
 */
export class Streams {
  readonly #network: Network;
  readonly #byId = new Map<number, End>();
  /** The newest of an endpoint with a remote address and port. */
  readonly #byRemote = new Map<string, End>();
  #ids = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  send(from: Attached, target: Flow | SendTarget, bytes: Buffer, onError: SendError | undefined): void {
    const to = remoteOf(target);
    const end = this.#find(from, target, to.address, to.port);
    const packet = this.#network.packet(from, to, bytes);
    const decision = end === undefined ? undefined : this.#network.intercept?.(packet);
    if (end !== undefined) {
      if (this.#isHeldUp(end)) this.#hold(end, { packet, onError });
      else this.#transmit(end, packet, typeof decision === "number" ? decision : undefined);
    }
    this.#network.noteSent(packet, from);
    if (end === undefined && onError !== undefined) {
      const error = new SipTransportError(
        "connection_closed",
        `The connection with ${to.address} port ${to.port} is closed.`,
      );
      this.#later(0, () => onError(error));
    }
  }

  healed(from: string, to: string): void {
    for (const end of this.#byId.values()) {
      const isEither =
        (end.flow.localAddress === from && end.flow.remoteAddress === to) ||
        (end.flow.localAddress === to && end.flow.remoteAddress === from);
      if (!isEither || !end.isOpen || end.held.length === 0 || this.#isHeldUp(end)) continue;
      const held = end.held;
      end.held = [];
      for (const { packet } of held) this.#transmit(end, packet, undefined);
    }
  }

  closeBetween(a: Attached, b: Attached): void {
    for (const end of [...this.#byId.values()]) {
      if (end.owner === a && end.flow.remoteAddress === b.address) this.#break(end, "was reset");
    }
  }

  crashed(endpoint: Attached): void {
    for (const end of [...this.#byId.values()]) {
      if (end.owner !== endpoint) continue;
      this.#forget(end);
      end.held = [];
      this.#resetPeer(end);
    }
  }

  #find(from: Attached, target: Flow | SendTarget, address: string, port: number): End | undefined {
    const { connectionId } = target;
    if (connectionId !== undefined) {
      const known = this.#byId.get(connectionId);
      if (known?.owner === from) return known;
      // A Flow is meant as it is, a target opens another connection.
      if ("remoteAddress" in target) return undefined;
    }
    return (
      this.#byRemote.get(`${from.address} ${address} ${port}`) ?? this.#open(from, target, address, port)
    );
  }

  #open(from: Attached, target: Flow | SendTarget, address: string, port: number): End {
    const { transport } = target;
    const localPort = firstEphemeralPort + (this.#ids % 20_000);
    const near = this.#end(from, {
      transport,
      localAddress: from.address,
      localPort,
      remoteAddress: address,
      remotePort: port,
    });
    near.isConnected = false;
    const network = this.#network;
    const acceptor = network.endpointAt(address);
    if (acceptor === undefined || acceptor.port !== port) {
      this.#later(network.delay(from.address, address) + network.delay(address, from.address), () =>
        this.#close(near, "was refused"),
      );
      return near;
    }
    const far = this.#end(acceptor, {
      transport,
      localAddress: address,
      localPort: port,
      remoteAddress: from.address,
      remotePort: localPort,
    });
    near.peer = far;
    far.peer = near;
    // SYN and SYN-ACK before the first bytes.
    if (!this.#isHeldUp(near)) this.#connected(near);
    return near;
  }

  #connected(end: End): void {
    const { localAddress, remoteAddress } = end.flow;
    const network = this.#network;
    end.isConnected = true;
    end.openAt =
      network.clock.now +
      network.delay(localAddress, remoteAddress) +
      network.delay(remoteAddress, localAddress);
  }

  #end(owner: Attached, flow: Flow): End {
    const id = ++this.#ids;
    const remoteKey = `${owner.address} ${flow.remoteAddress} ${flow.remotePort}`;
    const end: End = {
      id,
      owner,
      remoteKey,
      flow: { ...flow, connectionId: id },
      peer: undefined,
      isOpen: true,
      isConnected: true,
      openAt: 0,
      lastArrival: 0,
      held: [],
    };
    this.#byId.set(id, end);
    this.#byRemote.set(remoteKey, end);
    return end;
  }

  /** Acknowledgements have to come back: a cut either way stops a stream. */
  #isHeldUp(end: End): boolean {
    const { localAddress, remoteAddress } = end.flow;
    const network = this.#network;
    return network.isCut(localAddress, remoteAddress) || network.isCut(remoteAddress, localAddress);
  }

  #hold(end: End, held: Held): void {
    end.held.push(held);
    if (end.held.length > 1) return;
    const limit = end.isConnected ? streamTimeout : connectTimeout;
    this.#later(limit, () => {
      if (end.isOpen && end.held[0] === held) this.#close(end, "timed out");
    });
  }

  #transmit(end: End, packet: PacketOnItsWay, wanted: number | undefined): void {
    const network = this.#network;
    const { localAddress: from, remoteAddress: to } = end.flow;
    if (!end.isConnected) this.#connected(end);
    let delay = network.delay(from, to);
    for (let resend = 0; resend < maxResends && network.losesSegment(from, to); resend++) {
      delay += firstResend * 2 ** resend;
    }
    const leaves = Math.max(network.clock.now, end.openAt);
    end.lastArrival = Math.max(end.lastArrival, leaves + (wanted ?? delay));
    const { peer, lastArrival } = end;
    if (peer === undefined) return;
    packet.arrivals.push(lastArrival);
    network.clock.at(lastArrival, () => {
      if (peer.isOpen) network.deliver(packet, peer.owner, peer.flow);
      else {
        packet.arrivals.pop();
        this.#resetPeer(peer);
      }
    });
  }

  /** Ends a side that notices: what it still holds has failed, and its owner is told. */
  #close(end: End, what: string): void {
    if (!end.isOpen) return;
    const { remoteAddress, remotePort } = end.flow;
    const text = `The connection with ${remoteAddress} port ${remotePort} ${what}.`;
    const error = new SipTransportError("connection_closed", text);
    this.#forget(end);
    const { held } = end;
    end.held = [];
    this.#network.noteClosed(end.flow, end.owner);
    for (const { onError } of held) onError?.(error);
    end.owner.connectionClosed(end.flow, error);
  }

  #break(end: End, what: string): void {
    this.#later(0, () => this.#close(end, what));
    this.#resetPeer(end);
  }

  /** Tells the other side that this one is no more, where the network lets it. */
  #resetPeer({ peer, flow }: End): void {
    if (peer === undefined || !peer.isOpen) return;
    const network = this.#network;
    if (network.isCut(flow.localAddress, flow.remoteAddress)) return;
    this.#later(network.delay(flow.localAddress, flow.remoteAddress), () => this.#close(peer, "was reset"));
  }

  #forget(end: End): void {
    end.isOpen = false;
    this.#byId.delete(end.id);
    if (this.#byRemote.get(end.remoteKey) === end) this.#byRemote.delete(end.remoteKey);
  }

  #later(after: number, action: () => void): void {
    const { clock } = this.#network;
    clock.at(clock.now + after, action);
  }
}

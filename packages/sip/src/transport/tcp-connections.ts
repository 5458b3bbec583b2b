import { connect, isIPv6, type Socket } from "node:net";
import { SipTransportError } from "../errors.ts";
import { network64 } from "./local-address.ts";
import type { TransportContext } from "./options.ts";
import { TcpConnection } from "./tcp-connection.ts";

/** Every TCP connection of one transport: found again by id or by remote, counted by source, swept for time. */
export class TcpConnections {
  readonly #context: TransportContext;
  readonly #byId = new Map<number, TcpConnection>();
  /** The newest connection with a remote address and port. */
  readonly #byRemote = new Map<string, TcpConnection>();
  readonly #inboundBySource = new Map<string, number>();
  /** What each accepted connection counts as. */
  readonly #admitted = new Map<number, { readonly source: string; readonly known: boolean }>();
  #strangers = 0;
  #nextId = 1;
  #sweep: NodeJS.Timeout | undefined;

  constructor(context: TransportContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Takes an accepted socket, or closes it where a limit is reached. */
  accept(socket: Socket): void {
    const { counters, settings } = this.#context;
    const { remoteAddress, remotePort } = socket;
    // Gone between accept and here.
    if (remoteAddress === undefined || remotePort === undefined) {
      discard(socket);
      return;
    }
    const known = settings.isKnownSource?.(remoteAddress) ?? true;
    // A host on IPv6 has 2^64 addresses to choose from.
    const source = known || !isIPv6(remoteAddress) ? remoteAddress : network64(remoteAddress);
    const ofSource = this.#inboundBySource.get(source) ?? 0;
    if (
      this.#byId.size >= settings.maxConnections ||
      ofSource >= settings.maxConnectionsPerSource ||
      (!known && this.#strangers >= settings.maxConnections / 2)
    ) {
      counters.connectionsRefused++;
      discard(socket);
      return;
    }
    counters.connectionsAccepted++;
    this.#inboundBySource.set(source, ofSource + 1);
    if (!known) this.#strangers++;
    const { id } = this.#add(socket, true, remoteAddress, remotePort);
    this.#admitted.set(id, { source, known });
  }

  byId(id: number): TcpConnection | undefined {
    const connection = this.#byId.get(id);
    return connection?.usable ? connection : undefined;
  }

  /**
   * The living connection with a remote, else a new one.
   * @param localAddress to connect from, undefined for the system's choice
   * @throws SipTransportError too_many_connections
   */
  to(address: string, port: number, localAddress: string | undefined): TcpConnection {
    const known = this.#byRemote.get(remoteKey(address, port));
    if (known?.usable) return known;
    const { counters, settings } = this.#context;
    if (this.#byId.size >= settings.maxConnections) {
      counters.connectionsRefused++;
      throw new SipTransportError(
        "too_many_connections",
        `No connection to ${address} port ${port}: ${settings.maxConnections} are open, which is the limit.`,
      );
    }
    counters.connectionsOpened++;
    const family = isIPv6(address) ? 6 : 4;
    const socket = connect({
      host: address,
      port,
      family,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    return this.#add(socket, false, address, port);
  }

  /** Closes all, what is written goes out first; resolves when they are gone, at most `graceMs` later. */
  async close(graceMs: number): Promise<void> {
    const closing = [...this.#byId.values()].map((connection) => {
      connection.end();
      return connection;
    });
    if (closing.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const connection of closing) connection.destroy();
      }, graceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  #onEmpty: (() => void) | undefined;

  #add(socket: Socket, inbound: boolean, remoteAddress: string, remotePort: number): TcpConnection {
    const connection = new TcpConnection({
      id: this.#nextId++,
      inbound,
      socket,
      remoteAddress,
      remotePort,
      context: this.#context,
      onClosed: (closed) => this.#remove(closed),
    });
    this.#byId.set(connection.id, connection);
    this.#byRemote.set(remoteKey(remoteAddress, remotePort), connection);
    this.#schedule();
    return connection;
  }

  #remove(connection: TcpConnection): void {
    const { id, remoteAddress, remotePort } = connection;
    this.#byId.delete(id);
    const key = remoteKey(remoteAddress, remotePort);
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
    const admitted = this.#admitted.get(id);
    if (admitted !== undefined) {
      this.#admitted.delete(id);
      if (!admitted.known) this.#strangers--;
      const left = (this.#inboundBySource.get(admitted.source) ?? 1) - 1;
      if (left === 0) this.#inboundBySource.delete(admitted.source);
      else this.#inboundBySource.set(admitted.source, left);
    }
    if (this.#byId.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    this.#onEmpty?.();
  }

  /** One timer for all connections, and none where there are none. */
  #schedule(): void {
    if (this.#sweep !== undefined) return;
    const { settings } = this.#context;
    const shortest = Math.min(
      settings.messageTimeoutMs,
      settings.firstMessageTimeoutMs,
      settings.idleTimeoutMs,
      settings.connectTimeoutMs,
    );
    const period = Math.min(1_000, Math.max(10, shortest / 4));
    this.#sweep = setInterval(() => {
      const now = performance.now();
      for (const connection of this.#byId.values()) connection.checkTimes(now);
    }, period);
    this.#sweep.unref();
  }
}

function remoteKey(address: string, port: number): string {
  return `${address} ${port}`;
}

function discard(socket: Socket): void {
  socket.on("error", () => {});
  socket.destroy();
}

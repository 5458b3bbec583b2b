/** Transports by their name in URIs and Via, lower case (RFC 3261 §19.1.1, RFC 7118). */
export type TransportName = "udp" | "tcp" | "tls" | "ws" | "wss";

/** Where a message came from, and by which of our sockets: enough to answer the same way. */
export interface Flow {
  readonly transport: TransportName;
  /** IP literal, IPv6 without brackets: what the remote sees of us, also where the listener is a wildcard. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Of a connection-oriented transport; never used twice in a process. */
  readonly connectionId?: number;
  /** We opened the connection: the remote listens on its port, and nobody on ours. */
  readonly outbound?: true;
  /** By TLS, on a connection that we opened: the name that the server's certificate was verified for. */
  readonly serverName?: string;
  /** By TLS: all names that the peer's certificate, verified, speaks for (RFC 5922 §7.1), lower case. */
  readonly peerNames?: readonly string[];
}

/** Where a message shall go. */
export interface SendTarget {
  readonly transport: TransportName;
  /** IP literal; names are resolved before (RFC 3263). */
  readonly address: string;
  readonly port: number;
  /** Send from the listener on this address and port, where there is one. */
  readonly localAddress?: string;
  readonly localPort?: number;
  /** Send by this connection while it lives; else by one to `address` and `port`, opened where needed. */
  readonly connectionId?: number;
  /**
   * By TLS: the name that the server's certificate must bear (RFC 5922 §4), which is the host that was looked up and not
   * what DNS led to; `address` where left out.
   */
  readonly serverName?: string;
  /** Give the message up when it has waited so long, ms, for a connection to open; the connection may still do. */
  readonly connectWithinMs?: number;
  /** By WebSocket, where we have to open it: path and query; "/" where left out. */
  readonly path?: string;
}

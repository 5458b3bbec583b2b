import type { FramerLimits, FramingErrorCode } from "../message/stream-framer.ts";
import type { Flow, TransportName } from "./flow.ts";
import type { TlsOptions } from "./tls-endpoint.ts";

/** Takes what the network brings. Called only after `SipTransport.bind` has resolved. */
export interface TransportSink {
  /** One datagram, or one message cut from a stream; not yet parsed. `bytes` is the sink's to keep. */
  receive(bytes: Buffer, flow: Flow): void;
  /** Once for each connection that was opened, in either direction. `error` says why, unless the remote closed. Not when the transport itself is closed. */
  connectionClosed(flow: Flow, error?: Error): void;
  /**
   * A stream's next message has no end that can be found. It may be answered inside this call, by its flow; the
   * connection is closed afterwards. `head`: its header block, or the first part of it.
   */
  unreadable?(head: Buffer, flow: Flow, code: FramingErrorCode): void;
}

/** A connection that was accepted and came to nothing. */
export interface HandshakeFailure {
  readonly transport: TransportName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly error: Error;
}

export interface TransportOptions {
  /** Address that remotes beyond this machine's subnets see; for listeners on a wildcard address. */
  readonly publicAddress?: string;
  /** Where UDP and TCP both ask for port 0 on a host, TCP takes the number that UDP got. */
  readonly samePort?: boolean;
  /** Asked of the system for each UDP socket, bytes; it may give less. */
  readonly receiveBufferBytes?: number;
  /** Certificates. Without one there can be no TLS listener; servers are verified in any case. */
  readonly tls?: TlsOptions;
  /** Whether a page of that origin (undefined: none was named, as by programs that are no browser) may open a WebSocket. */
  isAllowedOrigin?(origin: string | undefined, remoteAddress: string): boolean;
  /** A handshake by TLS or WebSocket that a remote began and that failed: for the log. */
  onHandshakeFailed?(failure: HandshakeFailure): void;
  /** Connections at once, in both directions, those that still shake hands included. */
  readonly maxConnections?: number;
  /** Connections that one source address may have open to us; of sources not known, one IPv6 /64. */
  readonly maxConnectionsPerSource?: number;
  /**
   * Whether somebody vouches for a source, by its IP literal. Those for whom nobody does may hold half of the
   * connections at most, so that they cannot shut out the others. Without this every source counts as known.
   */
  isKnownSource?(address: string): boolean;
  /** A connection with no traffic is closed after this long, ms. */
  readonly idleTimeoutMs?: number;
  /** A new connection that brings no whole message is closed after this long, ms. */
  readonly firstMessageTimeoutMs?: number;
  /** A message that began must be whole after this long, ms. */
  readonly messageTimeoutMs?: number;
  /** The handshakes of an accepted connection, TLS and WebSocket together, must be over after this long, ms. */
  readonly handshakeTimeoutMs?: number;
  /** A remote that answers pings must do so within this time, ms (RFC 5626 §4.4.1). */
  readonly pongTimeoutMs?: number;
  /** A connection that is older, and that we do not ping, is closed at its next pause of 32 s; ms. */
  readonly maxAgeMs?: number;
  /** A connection that we open must stand, its handshakes included, after this long, ms. */
  readonly connectTimeoutMs?: number;
  /** A connection whose remote does not read is closed when this many bytes wait for it. */
  readonly maxBufferedBytes?: number;
  /** Of the stream framer. */
  readonly framing?: Partial<FramerLimits>;
  /** An exception out of the sink, which is a fault of ours; without this it is thrown on. */
  onSinkError?(error: unknown): void;
}

type Optional =
  | "publicAddress"
  | "tls"
  | "isKnownSource"
  | "isAllowedOrigin"
  | "onHandshakeFailed"
  | "onSinkError";
export type TransportSettings = Required<Omit<TransportOptions, Optional>> & Pick<TransportOptions, Optional>;

export const defaultTransportSettings: TransportSettings = {
  samePort: false,
  receiveBufferBytes: 4 * 1024 * 1024,
  maxConnections: 2_000,
  maxConnectionsPerSource: 200,
  // A call may be silent in signalling for long, and its BYE must find the way through a NAT.
  idleTimeoutMs: 3_600_000,
  firstMessageTimeoutMs: 32_000,
  messageTimeoutMs: 10_000,
  handshakeTimeoutMs: 10_000,
  pongTimeoutMs: 10_000,
  maxAgeMs: 86_400_000,
  connectTimeoutMs: 8_000,
  maxBufferedBytes: 1_048_576,
  framing: {},
};

/** What the transport saw and did since it was bound. */
export interface TransportCounters {
  datagramsReceived: number;
  datagramsSent: number;
  streamMessagesReceived: number;
  streamMessagesSent: number;
  /** CRLF keep-alives, by datagram or stream. */
  keepalives: number;
  sendErrors: number;
  connectionsAccepted: number;
  connectionsOpened: number;
  connectionsClosed: number;
  /** Refused over a limit. */
  connectionsRefused: number;
  /** Of those accepted: came to nothing before they stood. */
  handshakeFailures: number;
  framingErrors: number;
  /** Connections cut for being idle, slow or not reading. */
  timeouts: number;
  socketErrors: number;
  sinkErrors: number;
}

export function newCounters(): TransportCounters {
  return {
    datagramsReceived: 0,
    datagramsSent: 0,
    streamMessagesReceived: 0,
    streamMessagesSent: 0,
    keepalives: 0,
    sendErrors: 0,
    connectionsAccepted: 0,
    connectionsOpened: 0,
    connectionsClosed: 0,
    connectionsRefused: 0,
    handshakeFailures: 0,
    framingErrors: 0,
    timeouts: 0,
    socketErrors: 0,
    sinkErrors: 0,
  };
}

/** What listeners and connections are given by the transport they belong to. */
export interface TransportContext {
  readonly settings: TransportSettings;
  readonly counters: TransportCounters;
  receive(bytes: Buffer, flow: Flow): void;
  connectionClosed(flow: Flow, error?: Error): void;
  unreadable(head: Buffer, flow: Flow, code: FramingErrorCode): void;
  /** The address that stands for a wildcard one towards this remote. */
  localAddressFor(remoteAddress: string): string;
}

export type SendErrorHandler = (error: Error) => void;

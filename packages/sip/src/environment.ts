/** Where a message came from, and where answers to it go. */
export interface Flow {
  readonly transport: "udp" | "tcp" | "tls" | "ws" | "wss";
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Of a connection: never used for another one in the life of the process. */
  readonly connectionId?: number;
}

/** Where a message is to go when there is no flow yet. */
export interface SendTarget {
  readonly transport: "udp" | "tcp" | "tls" | "ws" | "wss";
  /** IP literal, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;
}

/** All that the sans-IO core knows of the world. */
export interface Environment {
  /** ms on a clock that never goes back. */
  now(): number;
  /** [0, 1) */
  random(): number;
  /** `bytes` unguessable bytes as lower-case hex. */
  randomToken(bytes: number): string;
  /** `onError` is called at most once, never from inside `send`. */
  send(target: Flow | SendTarget, bytes: Buffer, onError?: (error: Error) => void): void;
  /** Asks for `UserAgent.wake()` at that time (ms of `now`), in place of any earlier wish; undefined: never. */
  setAlarm(at: number | undefined): void;
}

export function isReliable(transport: Flow["transport"]): boolean {
  return transport !== "udp";
}

export function isFlow(target: Flow | SendTarget): target is Flow {
  return "remoteAddress" in target;
}

import { randomFillSync } from "node:crypto";
import type { Flow, SendTarget } from "./flow.ts";
import type { SendErrorHandler } from "./options.ts";

/** All that the pure parts need of the world outside. */
export interface Environment {
  /** ms, monotonic, of no calendar. */
  now(): number;
  /** [0, 1), unpredictable. */
  random(): number;
  /** `bytes` random bytes as hexadecimal digits, unpredictable: tags, branches, Call-IDs. */
  randomToken(bytes: number): string;
  send(to: Flow | SendTarget, bytes: Buffer, onError?: SendErrorHandler): void;
  /** Id of the connection that `send` takes for that target now; undefined where it has none, or would open one. */
  connectionTo?(to: Flow | SendTarget): number | undefined;
  /** Asks to be woken when `now()` reaches `at`, instead of whatever was asked before; undefined: not at all. */
  setAlarm(at: number | undefined): void;
}

/** The real world. `close` stops its timer; afterwards nothing is woken. */
export interface RealEnvironment extends Environment {
  close(): void;
}

const poolBytes = 4_096;
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Real clock, the system's randomness, the given transport, one timer.
 * @param onAlarm called when the alarm is due; it sets the next one
 */
export function createEnvironment(
  transport: Pick<Environment, "send" | "connectionTo">,
  onAlarm: () => void,
): RealEnvironment {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  // Drawn in advance: a call to the system for each token is the dearest part of making one.
  const take = (bytes: number): number => {
    if (used + bytes > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    return used - bytes;
  };

  let alarmAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let timerAt = 0;
  let closed = false;
  const arm = (at: number): void => {
    clearTimeout(timer);
    timerAt = at;
    const delay = Math.ceil(at - performance.now());
    timer = setTimeout(fire, Math.min(Math.max(delay, 1), longestTimeoutMs));
  };
  const fire = (): void => {
    timer = undefined;
    if (alarmAt === undefined || closed) return;
    // A timer may fire a little early, and an alarm that moved back leaves the old timer in place.
    if (performance.now() < alarmAt) {
      arm(alarmAt);
      return;
    }
    alarmAt = undefined;
    onAlarm();
  };

  return {
    now: () => performance.now(),
    random: () => pool.readUInt32LE(take(4)) / 2 ** 32,
    randomToken(bytes) {
      const at = take(Math.min(bytes, poolBytes));
      return pool.toString("hex", at, at + Math.min(bytes, poolBytes));
    },
    send: (to, bytes, onError) => transport.send(to, bytes, onError),
    connectionTo: (to) => transport.connectionTo?.(to),
    setAlarm(at) {
      alarmAt = at;
      if (at !== undefined && !closed && (timer === undefined || at < timerAt)) arm(at);
    },
    close() {
      closed = true;
      alarmAt = undefined;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

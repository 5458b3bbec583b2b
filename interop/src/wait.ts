// Waiting for what only polling can tell (an API's answer, a file of another program).

/** Milliseconds to wait before the condition is looked at again. */
const POLL_MS = 50;

/**
 * Asks until `read` gives something other than undefined or false.
 * @param what named in the error when the time is over
 * @param limitMs milliseconds until it is an error
 */
export async function eventually<T>(
  what: string | (() => string),
  read: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      throw new Error(`not within ${limitMs} ms: ${typeof what === "string" ? what : what()}`);
    }
    await pause(POLL_MS);
  }
}

/** The time itself is what is waited for: how long a call lasts, or that nothing comes. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

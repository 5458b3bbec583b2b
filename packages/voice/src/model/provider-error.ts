// What a session tells of a provider that fails.

export interface ProviderFailure {
  /** "llm", "stt", "tts", or what else LiveKit calls it. */
  what: string;
  /** It is tried again by itself. */
  recoverable: boolean;
  cause: unknown;
}

/** Of LiveKit's `error` events. */
export function providerFailure(error: unknown): ProviderFailure {
  if (typeof error !== "object" || error === null)
    return { what: "unknown", recoverable: false, cause: error };
  const event = error as { type?: unknown; recoverable?: unknown; error?: unknown };
  return {
    what: typeof event.type === "string" ? event.type.replace(/_error$/, "") : "unknown",
    recoverable: event.recoverable === true,
    cause: event.error ?? error,
  };
}

/** A provider's words, bounded, without what looks like a key. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\b(sk-|Bearer |Token )\S+/g, "$1…").slice(0, 300);
}

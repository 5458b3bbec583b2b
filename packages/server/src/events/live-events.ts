// What has changed just now, for who looks at it: consoles follow it, and ask the API for what they show of it.
import type { CallRecordStore } from "../calls/call-record.ts";
import type { CallState } from "../store/records.ts";

/** Says what changed, and of what it is; never what it is now: that is the API's to say, to who may see it. */
export type LiveEvent =
  | { type: "call"; id: string; agentId: string; state: CallState }
  | { type: "rejectedCall" }
  /** A delivery of a webhook was tried. */
  | { type: "webhookDelivery" }
  | { type: "registration"; agentId: string }
  /** By the API: `path` is the route below /api/v2, such as `/sip/ipWhitelist`. */
  | { type: "settings"; path: string };

/** How long news is gathered: a call that talks has news ten times a second. Milliseconds. */
const GATHER_MS = 200;
/** Different news in that time; above it one is told only that there is more. */
const MAX_GATHERED = 500;

interface Subscriber {
  readonly send: (events: LiveEvent[]) => void;
  readonly gathered: Map<string, LiveEvent>;
  cancel: (() => void) | undefined;
}

export class LiveEvents {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #after: (ms: number, action: () => void) => () => void;
  #size = 0;

  constructor(after: (ms: number, action: () => void) => () => void) {
    this.#after = after;
  }

  /** Streams that are open. */
  get size(): number {
    return this.#size;
  }

  /** Never throws, never waits; costs a look-up where nobody listens. */
  publish(organizationId: string, event: LiveEvent): void {
    const subscribers = this.#subscribers.get(organizationId);
    if (subscribers === undefined) return;
    const key = JSON.stringify(event.type === "call" ? [event.type, event.id] : event);
    for (const subscriber of subscribers) {
      const { gathered } = subscriber;
      // The newest of a call counts, in the place of the first.
      if (gathered.size < MAX_GATHERED || gathered.has(key)) gathered.set(key, event);
      else gathered.set("more", { type: "settings", path: "/" });
      subscriber.cancel ??= this.#after(GATHER_MS, () => {
        subscriber.cancel = undefined;
        const events = [...gathered.values()];
        gathered.clear();
        subscriber.send(events);
      });
    }
  }

  /** @returns how to stop */
  subscribe(organizationId: string, send: (events: LiveEvent[]) => void): () => void {
    const subscriber: Subscriber = { send, gathered: new Map(), cancel: undefined };
    const all = this.#subscribers.get(organizationId) ?? new Set();
    this.#subscribers.set(organizationId, all.add(subscriber));
    this.#size++;
    return () => {
      subscriber.cancel?.();
      if (!all.delete(subscriber)) return;
      this.#size--;
      if (all.size === 0 && this.#subscribers.get(organizationId) === all) {
        this.#subscribers.delete(organizationId);
      }
    };
  }

  /** The same store of calls, whose writes are news. */
  watching(store: CallRecordStore): CallRecordStore {
    const running = new Map<string, { organizationId: string; agentId: string; state: CallState }>();
    return {
      insert: (call) => {
        const { id, organizationId, agentId, state } = call;
        if (state !== "ended") running.set(id, { organizationId, agentId, state });
        this.publish(organizationId, { type: "call", id, agentId, state });
        return store.insert(call);
      },
      update: (id, patch) => {
        const call = running.get(id);
        if (call !== undefined) {
          call.state = patch.state ?? call.state;
          if (call.state === "ended") running.delete(id);
          this.publish(call.organizationId, { type: "call", id, agentId: call.agentId, state: call.state });
        }
        return store.update(id, patch);
      },
    };
  }
}

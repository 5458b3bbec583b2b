import { useEffect } from "react";
import { queryClient } from "./queries.ts";

/** Until a stream that was refused is asked for again; one that broke the browser itself opens anew. Milliseconds. */
const REFUSED_MS = 5_000;
/** The same is asked for again so often at most, however much goes on. Milliseconds. */
const EVERY_MS = 1_000;

type Key = readonly string[];

/** What is no longer true after a change by the API. */
function settings(path: string): Key[] {
  if (path.startsWith("/agents")) return [["agents"], ["registrations"]];
  if (path.startsWith("/sip/ipWhitelist")) return [["accessList"]];
  if (path.startsWith("/sip/outboundRoutes")) return [["outboundRoutes"]];
  if (path.startsWith("/sip/registration")) return [["registrations"]];
  if (path.startsWith("/sip/allowedDestinations")) return [["allowedDestinations"]];
  if (path.startsWith("/providers")) return [["providers"]];
  if (path.startsWith("/secrets")) return [["secrets"]];
  if (path.startsWith("/tokens")) return [["tokens"]];
  if (path.startsWith("/users")) return [["users"], ["session"]];
  if (path.startsWith("/calls")) return [["calls"]];
  if (path.startsWith("/webhooks")) return [["webhooks"], ["webhookDeliveries"]];
  // More than is told one by one.
  return path === "/" ? [[]] : [];
}

interface News {
  id?: string;
  state?: string;
  path?: string;
}

/** Which answers of the API an event makes old. */
export class Staleness {
  /** Of calls that run, as was told last. */
  readonly #states = new Map<string, string>();

  of(type: string, { id = "", state = "", path = "/" }: News): Key[] {
    if (type === "registration") return [["registrations"]];
    if (type === "rejectedCall") return [["rejectedCalls"]];
    // A receiver that is gone is switched off with it.
    if (type === "webhookDelivery") return [["webhookDeliveries"], ["webhooks"]];
    if (type === "settings") return settings(path);
    const before = this.#states.get(id);
    if (state === "ended") this.#states.delete(id);
    else this.#states.set(id, state);
    // Words and steps of a call are shown on its own page alone.
    return before === state ? [["calls", "one", id]] : [["calls"], ["status"]];
  }
}

/** At once, and then once more for all that came meanwhile. */
export class Throttle {
  readonly #waiting = new Map<string, { again: boolean }>();
  readonly #act: (key: Key) => void;

  constructor(act: (key: Key) => void) {
    this.#act = act;
  }

  run(key: Key): void {
    const name = JSON.stringify(key);
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) {
      waiting.again = true;
      return;
    }
    this.#act(key);
    const entry = { again: false };
    this.#waiting.set(name, entry);
    setTimeout(() => {
      this.#waiting.delete(name);
      if (entry.again) this.run(key);
    }, EVERY_MS);
  }
}

/** Pages of a list that are asked for again by themselves; who has read farther back looks at what no longer changes. */
const FOLLOWED_PAGES = 3;

function askAgain(queryKey: Key): void {
  void queryClient.invalidateQueries({ queryKey, refetchType: "none" });
  void queryClient.refetchQueries({
    queryKey,
    type: "active",
    predicate: ({ state: { data } }) => {
      const pages = (data as { pages?: unknown[] } | null | undefined)?.pages;
      return pages === undefined || pages.length <= FOLLOWED_PAGES;
    },
  });
}

/**
 * Keeps what the pages show true, as the server says what has changed. A page that nobody sees holds no stream: a browser has
 * six connections to a server for all of its tabs.
 */
export function useLive(): void {
  useEffect(() => {
    let source: EventSource | undefined;
    let again: number | undefined;
    const throttle = new Throttle(askAgain);
    const follow = () => {
      clearTimeout(again);
      if (document.hidden) {
        source?.close();
        source = undefined;
        return;
      }
      if (source !== undefined) return;
      source = new EventSource("/api/v2/events");
      const staleness = new Staleness();
      source.addEventListener("error", () => {
        if (source?.readyState !== EventSource.CLOSED) return;
        // Refused: the session may have ended; else the node is starting, or has as many streams as it takes.
        source = undefined;
        void queryClient.invalidateQueries({ queryKey: ["session"] });
        again = window.setTimeout(follow, REFUSED_MS);
      });
      // What happened before, nobody told: at the first stream too, as the pages may have asked just before it.
      source.addEventListener("hello", () => void queryClient.invalidateQueries());
      for (const type of ["call", "registration", "rejectedCall", "webhookDelivery", "settings"]) {
        source.addEventListener(type, (event) => {
          const news = JSON.parse((event as MessageEvent<string>).data) as News;
          for (const key of staleness.of(type, news)) throttle.run(key);
        });
      }
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      clearTimeout(again);
      source?.close();
    };
  }, []);
}

import { Dialog } from "../dialog/dialog.ts";
import { nextHopTarget } from "../dialog/next-hop.ts";
import type { Environment, Flow } from "../environment.ts";
import { serialiseHost } from "../message/uri.ts";
import { SubscriptionRunner } from "../subscription/subscription-runner.ts";
import type { Notification, SubscriptionConfig } from "../subscription/subscription-types.ts";
import type { IncomingRequest } from "../user-agent/options.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Place, password, realm, runnerOptions, Service } from "./service.ts";
import type { PlaceOptions, Simulation } from "./simulation.ts";
import type { Station } from "./station.ts";

interface Subscriber {
  readonly dialog: Dialog;
  readonly flow: Flow;
  readonly close: () => void;
  expiresAt: number;
  isNotifying: boolean;
  /** Subscription-State of a NOTIFY that waits for the one before it. */
  wanted: string | undefined;
}

/** ms between looks at whose time is over. */
const sweep = 1_000;

/** Tells subscribers how many messages wait (RFC 3842), as the notifier of RFC 6665 §4.2. A restart forgets all. */
export class Notifier extends Service {
  /** Messages that wait: what subscribers are told. */
  messages = 0;
  readonly #contact: string;
  readonly #subscribers = new Set<Subscriber>();
  readonly #later: (after: number, action: () => void) => void;

  constructor(environment: Environment, place: Place, later: (after: number, action: () => void) => void) {
    super(environment, place, "SUBSCRIBE");
    this.#later = later;
    this.#contact = `<sip:notifier@${serialiseHost(place.address)}:${place.port}>`;
  }

  /** One message more. */
  change(): void {
    this.messages++;
    for (const subscriber of this.#subscribers) this.#notify(subscriber, this.#stateOf(subscriber));
  }

  override stateSize(): object {
    return { ...super.stateSize(), subscribers: this.#subscribers.size };
  }

  protected override serve({ request, flow, respond }: IncomingRequest): void {
    const dialog = Dialog.asServer(request, this.environment.randomToken(8), false);
    request.headers.set("To", dialog.localAddress);
    const close = this.userAgent.openDialog({
      callId: dialog.callId,
      localTag: dialog.localTag,
      onRequest: (refresh) => this.#refresh(subscriber, refresh),
    });
    const subscriber: Subscriber = {
      ...{ dialog, flow, close },
      ...{ expiresAt: 0, isNotifying: false, wanted: undefined },
    };
    this.#subscribers.add(subscriber);
    this.#grant(subscriber, request.headers.get("Expires"), respond);
    this.#watch(subscriber);
  }

  #refresh(subscriber: Subscriber, { request, respond }: IncomingRequest): void {
    if (request.method === "SUBSCRIBE" && this.#subscribers.has(subscriber))
      this.#grant(subscriber, request.headers.get("Expires"), respond);
    else respond(481);
  }

  #grant(subscriber: Subscriber, expires: string | undefined, respond: IncomingRequest["respond"]): void {
    const seconds = Math.min(3_600, Number(expires ?? 3_600));
    subscriber.expiresAt = this.environment.now() + seconds * 1000;
    respond(200, {
      headers: [
        ["Expires", String(seconds)],
        ["Contact", this.#contact],
      ],
    });
    this.#notify(subscriber, this.#stateOf(subscriber));
  }

  #stateOf({ expiresAt }: Subscriber): string {
    const seconds = Math.round((expiresAt - this.environment.now()) / 1000);
    return seconds > 0 ? `active;expires=${seconds}` : "terminated;reason=timeout";
  }

  #watch(subscriber: Subscriber): void {
    if (!this.#subscribers.has(subscriber)) return;
    const left = subscriber.expiresAt - this.environment.now();
    if (left > 0) this.#later(Math.max(left, sweep), () => this.#watch(subscriber));
    else this.#notify(subscriber, this.#stateOf(subscriber));
  }

  /** One NOTIFY at a time: two would overtake each other. The newest state is what counts. */
  #notify(subscriber: Subscriber, state: string): void {
    if (subscriber.isNotifying) {
      subscriber.wanted = state;
      return;
    }
    const { dialog, flow } = subscriber;
    subscriber.isNotifying = true;
    const request = dialog.createRequest("NOTIFY", {
      headers: [
        ["Event", "message-summary"],
        ["Subscription-State", state],
        ["Contact", this.#contact],
      ],
      contentType: "application/simple-message-summary",
      body: `Messages-Waiting: yes\r\nVoice-Message: ${this.messages}/0\r\n`,
    });
    const target = nextHopTarget(dialog.nextHop(), flow, true);
    this.userAgent.transact(request, target).onResult = ({ status }) => {
      subscriber.isNotifying = false;
      // RFC 6665 §4.2.2: whoever does not take it is no subscriber any more.
      if (status >= 300 || state.startsWith("terminated")) this.#forget(subscriber);
      else if (subscriber.wanted !== undefined) {
        subscriber.wanted = undefined;
        this.#notify(subscriber, this.#stateOf(subscriber));
      }
    };
  }

  #forget(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    subscriber.close();
  }
}

/** A notifier with an address of its own in that simulation. */
export function createNotifier(
  simulation: Simulation,
  name: string,
  place?: PlaceOptions,
): Station<Notifier> {
  return simulation.station(
    name,
    (environment, station) =>
      new Notifier(environment, station, (after, action) => void station.setTimer(after, action)),
    place,
  );
}

/** Keeps an endpoint subscribed to its messages, from `start` on, until `stop` or the endpoint's restart. */
export function createSubscription(
  endpoint: Endpoint,
  at: Station<Notifier>,
  options: {
    readonly transport?: "udp" | "tcp";
    readonly config?: Partial<SubscriptionConfig>;
    readonly onNotification?: (notification: Notification) => void;
  } = {},
): SubscriptionRunner {
  const { name } = endpoint;
  const { transport, config, onNotification } = options;
  return new SubscriptionRunner(
    {
      ...{ resource: `sip:${name}@${realm}`, event: "message-summary", contactUser: name },
      credentials: () => ({ username: name, password }),
      ...config,
    },
    { ...runnerOptions(endpoint, at, transport), ...(onNotification && { onNotification }) },
  );
}

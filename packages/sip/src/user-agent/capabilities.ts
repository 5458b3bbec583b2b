import type { UserAgentOptions } from "./options.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

/** What a handler of REFER takes besides it: RFC 4488, RFC 4538. */
const referTags = ["norefersub", "tdialog"];

/** Methods that a call's dialog or the core answers; UPDATE is RFC 3311, INFO RFC 6086, NOTIFY RFC 6665. */
const methods = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "NOTIFY"];

export const acceptValue = "application/sdp";

/** What one user agent takes, and what it says of it. Nothing is advertised that nobody above would handle. */
export class Capabilities {
  /** Value of Allow. */
  readonly allow: string;
  /** Option tags that a Require may name, lower case. */
  readonly optionTags: ReadonlySet<string>;
  /** Allow, and Supported where there is an option tag: for requests and responses that make or change a dialog. */
  readonly headers: HeaderLines;
  /** The same, for the INVITE that begins a call. */
  readonly inviteHeaders: HeaderLines;
  readonly #taken: ReadonlySet<string>;

  constructor(
    options: Pick<
      UserAgentOptions,
      "extraMethods" | "onRefer" | "reliableProvisionals" | "replaces" | "sessionTimers"
    >,
  ) {
    const pracks = options.reliableProvisionals !== "never";
    const refers = options.onRefer !== undefined;
    const allowed = [...methods, ...(pracks ? ["PRACK"] : []), ...(refers ? ["REFER"] : [])];
    this.allow = allowed.join(", ");
    const timed = options.sessionTimers?.use !== "never";
    this.optionTags = new Set([
      ...(pracks ? ["100rel"] : []),
      ...(timed ? ["timer"] : []),
      ...(options.replaces === true ? ["replaces"] : []),
      ...(refers ? referTags : []),
    ]);
    // SUBSCRIBE is let in for the subscriptions that REFERs make, and for no other.
    this.#taken = new Set([...allowed, ...(refers ? ["SUBSCRIBE"] : []), ...(options.extraMethods ?? [])]);
    const supported = [...this.optionTags].join(", ");
    this.headers = [
      ["Allow", this.allow],
      ...(supported === "" ? [] : ([["Supported", supported]] as const)),
    ];
    // RFC 6228 §4: named in an INVITE alone, for the proxies on its way.
    this.inviteHeaders = [
      ["Allow", this.allow],
      ["Supported", supported === "" ? "199" : `${supported}, 199`],
    ];
  }

  takes(method: string): boolean {
    return this.#taken.has(method);
  }
}

import type { UserAgentOptions } from "./options.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

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
  readonly #taken: ReadonlySet<string>;

  constructor(options: Pick<UserAgentOptions, "extraMethods">) {
    this.allow = methods.join(", ");
    this.optionTags = new Set();
    this.#taken = new Set([...methods, ...(options.extraMethods ?? [])]);
    const supported = [...this.optionTags].join(", ");
    this.headers = [
      ["Allow", this.allow],
      ...(supported === "" ? [] : ([["Supported", supported]] as const)),
    ];
  }

  takes(method: string): boolean {
    return this.#taken.has(method);
  }
}

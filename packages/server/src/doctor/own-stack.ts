// A SIP stack of the doctor's own, made when it is first needed: on ports of the system's choice, deaf to others.
import { createSipStack, type SipStack, type TlsOptions } from "@ringdown/sip";
import type { Config } from "../config/config.ts";
import { bracketed } from "../config/endpoint.ts";
import { readTlsFiles } from "../tls/tls-files.ts";

export class OwnStack {
  readonly #config: Config;
  #stack: Promise<SipStack> | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  get(): Promise<SipStack> {
    this.#stack ??= this.#make();
    return this.#stack;
  }

  async close(): Promise<void> {
    const stack = await this.#stack?.catch(() => undefined);
    await stack?.close();
  }

  async #make(): Promise<SipStack> {
    const { dns, sip } = this.#config;
    const wantsV6 = sip.some(({ host }) => host.includes(":"));
    const listeners = (hosts: readonly string[]) =>
      hosts.flatMap((host) => [
        { protocol: "udp" as const, host, port: 0 },
        { protocol: "tcp" as const, host, port: 0 },
      ]);
    return createSipStack({
      listeners: listeners(wantsV6 ? ["0.0.0.0", "::"] : ["0.0.0.0"]),
      transport: { samePort: true, tls: await this.#tls() },
      screen: () => "drop",
      onInvite: (call) => call.ignore(),
      ...(dns && { locate: { dns: { servers: [`${bracketed(dns.address)}:${dns.port}`] } } }),
    });
  }

  /** The authorities; a file that cannot be used is another check's to tell. */
  async #tls(): Promise<TlsOptions> {
    const { ca } = this.#config.tls;
    const named = ca === undefined ? undefined : { path: ca, name: "RINGDOWN_TLS_CA" };
    return readTlsFiles({ cert: undefined, key: undefined, ca: named }, "none").catch(() =>
      readTlsFiles({ cert: undefined, key: undefined, ca: undefined }, "none"),
    );
  }
}

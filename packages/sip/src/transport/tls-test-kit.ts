import { once } from "node:events";
import type { TestContext } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { type CertificateOptions, issueCertificate, type KeyedCertificate } from "./issue-certificate.ts";

const day = 86_400_000;

/** An authority of the test's own. */
export class Authority {
  readonly certificate: KeyedCertificate;

  constructor(name = "Test authority") {
    this.certificate = issueCertificate({ ...validity(-1, 2), names: [name], authority: true });
  }

  get cert(): string {
    return this.certificate.cert;
  }

  /** A certificate for those names, from yesterday until tomorrow unless the test wants others. */
  issue(names: readonly string[], options: Partial<CertificateOptions> = {}): KeyedCertificate {
    return issueCertificate({ ...validity(-1, 1), names, issuer: this.certificate, ...options });
  }
}

/** @param from days from now @param until days from now */
export function validity(from: number, until: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() + from * day), notAfter: new Date(Date.now() + until * day) };
}

/** A TLS connection to 127.0.0.1, shaken hands on; it trusts everybody unless `options` say otherwise. */
export async function tlsPeer(
  t: TestContext,
  port: number,
  options: ConnectionOptions & { localAddress?: string } = {},
): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

// The certificate that TLS listeners show, and the authorities of servers.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { certificateNames } from "@ringdown/sip";
import type { Config } from "../../config/config.ts";
import { type Finding, fail, ok, sentenceOf, warn } from "../finding.ts";

const DAY_MS = 86_400_000;
/** Days before its end from which on a certificate is warned of, as by the node itself. */
const WARN_DAYS = 14;

export interface CertificateView {
  /** Of the file. */
  readonly path: string;
  readonly names: readonly string[];
  /** ms since 1970 */
  readonly from: number;
  readonly to: number;
  /** Whether it speaks for the host of the agents' URIs. */
  readonly isForDomain: boolean;
}

export async function checkCertificates(
  config: Config,
  domain: string,
  now = Date.now(),
): Promise<Finding[]> {
  const { files, ca } = config.tls;
  const isListening = config.sip.some(({ protocol }) => protocol === "tls" || protocol === "wss");
  const findings: Finding[] = [];
  if (files !== undefined) findings.push(await checkPair(files, domain, now));
  else if (isListening) {
    findings.push(
      warn(
        "certificate",
        "TLS is offered with a certificate of the node's own making, which phones and PBXs do not trust by themselves.",
        "Set RINGDOWN_TLS_CERT and RINGDOWN_TLS_KEY, or have your peers trust tls/self-signed.crt of the data folder.",
      ),
    );
  }
  if (ca !== undefined) findings.push(await checkAuthorities(ca, now));
  return findings;
}

async function checkPair(
  { cert, key }: { cert: string; key: string },
  domain: string,
  now: number,
): Promise<Finding> {
  try {
    const [certText, keyText] = await Promise.all([readFile(cert, "utf8"), readFile(key, "utf8")]);
    const certificate = new X509Certificate(certText);
    createSecureContext({ cert: certText, key: keyText });
    const bare = domain.replace(/^\[(.*)\]$/, "$1");
    return judgeCertificate(
      {
        path: cert,
        names: certificateNames({ subjectaltname: certificate.subjectAltName }),
        from: Date.parse(certificate.validFrom),
        to: Date.parse(certificate.validTo),
        isForDomain: (isIP(bare) ? certificate.checkIP(bare) : certificate.checkHost(bare)) !== undefined,
      },
      domain,
      now,
    );
  } catch (error) {
    return fail(
      "certificate",
      `RINGDOWN_TLS_CERT and RINGDOWN_TLS_KEY cannot be used: ${sentenceOf(error)}`,
      "Name files in PEM that this user may read, the key being that of the certificate.",
    );
  }
}

export function judgeCertificate(view: CertificateView, domain: string, now: number): Finding {
  const { path, from, to, isForDomain } = view;
  const names = view.names.length === 0 ? "nobody" : view.names.join(", ");
  const end = new Date(to).toISOString().slice(0, 10);
  const renew = `Put a new one at ${path}: it is read again by itself.`;
  if (to <= now)
    return fail("certificate", `${path} (for ${names}) is over since ${end}: peers refuse it.`, renew);
  if (from > now) {
    const begin = new Date(from).toISOString();
    return fail(
      "certificate",
      `${path} (for ${names}) counts from ${begin} on only.`,
      "Check the clock, or wait.",
    );
  }
  const days = Math.floor((to - now) / DAY_MS);
  if (days < WARN_DAYS)
    return warn("certificate", `${path} (for ${names}) ends in ${days} days, on ${end}.`, renew);
  if (!isForDomain) {
    return warn(
      "certificate",
      `${path} is for ${names}, and agents are at ${domain}: peers that verify will refuse it.`,
      "Get one for that name, or set RINGDOWN_DOMAIN to a name that it is for.",
    );
  }
  return ok("certificate", `${path} is for ${names}, until ${end}.`);
}

async function checkAuthorities(path: string, now: number): Promise<Finding> {
  try {
    const blocks = (await readFile(path, "utf8")).match(
      /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g,
    );
    const certificates = (blocks ?? []).map((block) => new X509Certificate(block));
    if (certificates.length === 0) throw new Error("it holds no certificate in PEM");
    const over = certificates.find(({ validTo }) => Date.parse(validTo) <= now);
    if (over === undefined) {
      return ok(
        "certificate",
        `RINGDOWN_TLS_CA adds ${certificates.length === 1 ? "one authority" : `${certificates.length} authorities`}.`,
      );
    }
    return fail(
      "certificate",
      `${over.subject} in ${path} (RINGDOWN_TLS_CA) is over since ${over.validTo}: servers of it are refused.`,
      "Replace it by the authority's present one.",
    );
  } catch (error) {
    return fail(
      "certificate",
      `RINGDOWN_TLS_CA, ${path}, cannot be used: ${sentenceOf(error)}`,
      "Name a file in PEM that this user may read.",
    );
  }
}

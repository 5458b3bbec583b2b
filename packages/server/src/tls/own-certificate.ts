// The certificate of a node that was given none: made by itself and for itself, so that TLS encrypts from the first start.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issueCertificate } from "@ringdown/sip";

const DAY_MS = 86_400_000;
/** As long as phones take: some refuse more. */
const VALID_DAYS = 825;
const RENEW_DAYS = 30;

export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Paths of the node's own certificate and key, made where there is none yet, or one for another name, or one whose time is
 * nearly over. The files are the owner's alone.
 * @param folder made where it is missing
 * @param names DNS names and addresses; a new certificate is for all, a kept one must be for the first
 */
export async function ownCertificate(
  folder: string,
  names: readonly string[],
  now: Date,
): Promise<OwnCertificate> {
  const paths = { cert: join(folder, "self-signed.crt"), key: join(folder, "self-signed.key") };
  if (await isGood(paths, names, now)) return paths;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const made = issueCertificate({
    names,
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + VALID_DAYS * DAY_MS),
  });
  // The key first: a certificate that is there has its key.
  for (const [path, text] of [
    [paths.key, made.key],
    [paths.cert, made.cert],
  ] as const) {
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
  }
  return paths;
}

async function isGood(paths: OwnCertificate, names: readonly string[], now: Date): Promise<boolean> {
  try {
    const [cert, key] = await Promise.all([readFile(paths.cert), readFile(paths.key, "utf8")]);
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return false;
    if (new Date(certificate.validTo).getTime() - now.getTime() < RENEW_DAYS * DAY_MS) return false;
    const [name = ""] = names;
    return certificate.checkHost(name) !== undefined || certificate.checkIP(name) !== undefined;
  } catch {
    // Missing, or damaged: a new one costs nothing but the trust of those who pinned it.
    return false;
  }
}

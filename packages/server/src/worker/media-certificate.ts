// What a worker shows to browsers (RFC 8827 §6.5): made for itself, as the SDP says which one it is.
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { MediaCertificate } from "@ringdown/media";
import { issueCertificate } from "@ringdown/sip";

const DAY_MS = 86_400_000;
/** A worker may live long. */
const VALID_DAYS = 3_650;

export function mediaCertificate(now = Date.now()): MediaCertificate {
  const { cert, key } = issueCertificate({
    names: ["ringdown"],
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + VALID_DAYS * DAY_MS),
  });
  return { certificate: new X509Certificate(cert).raw, privateKey: createPrivateKey(key) };
}

import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";

/** PEM texts of a certificate and of its private key. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** What it speaks for: DNS names, IP literals, `sip:` URIs of domains (RFC 5922 §7.1). The first is its common name. */
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** An authority of this function's own making that signs it; without one the certificate signs itself. */
  readonly issuer?: KeyedCertificate;
  /** Whether it may sign others. */
  readonly authority?: boolean;
}

const oids = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/**
 * Makes a certificate (RFC 5280) on a new P-256 key, for servers and clients alike: what a node starts TLS with that was
 * given none, and what tests are made of. Real ones come from an authority.
 */
export function issueCertificate(options: CertificateOptions): KeyedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const { issuer, authority = false } = options;
  const subject = options.names[0] ?? "";
  const parent = issuer === undefined ? undefined : new X509Certificate(issuer.cert);
  const issuerName = parent === undefined ? subject : parent.subject.replace(/^CN=/, "");
  const issuerSpki = parent?.publicKey.export({ type: "spki", format: "der" }) ?? spki;
  const algorithm = sequence(oid(oids.ecdsaWithSha256));
  const tbs = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    distinguishedName(issuerName),
    sequence(time(options.notBefore), time(options.notAfter)),
    distinguishedName(subject),
    spki,
    der(
      0xa3,
      sequence(
        extension(oids.basicConstraints, true, sequence(...(authority ? [der(0x01, Buffer.of(0xff))] : []))),
        // digitalSignature; keyCertSign and cRLSign for an authority (§4.2.1.3).
        extension(oids.keyUsage, true, der(0x03, authority ? Buffer.of(1, 0x86) : Buffer.of(7, 0x80))),
        ...(authority
          ? []
          : [
              extension(oids.extendedKeyUsage, false, sequence(oid(oids.serverAuth), oid(oids.clientAuth))),
              extension(oids.subjectAltName, false, sequence(...options.names.map(generalName))),
            ]),
        extension(oids.subjectKeyIdentifier, false, der(0x04, keyIdentifier(spki))),
        extension(oids.authorityKeyIdentifier, false, sequence(der(0x80, keyIdentifier(issuerSpki)))),
      ),
    ),
  );
  const signature = sign("sha256", tbs, issuer?.key ?? key);
  const certificate = sequence(tbs, algorithm, der(0x03, Buffer.of(0), signature));
  const lines = certificate.toString("base64").replace(/.{64}(?!$)/g, "$&\n");
  return { cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key };
}

/** Tag, length and content of one value (ITU-T X.690 §8.1, §10.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size: number[] = [];
  for (let left = content.length; left > 0; left = Math.floor(left / 256)) size.unshift(left % 256);
  const length = content.length < 128 ? [content.length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(0x80 | (left % 128));
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(oids.commonName), der(0x0c, Buffer.from(commonName)))));
}

/** RFC 5280 §4.1.2.5: two digits of the year up to 2049, four from then on. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  const short = date.getUTCFullYear() < 2050;
  return der(short ? 0x17 : 0x18, Buffer.from(short ? digits.slice(2) : digits, "latin1"));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [der(0x01, Buffer.of(0xff))] : []), der(0x04, value));
}

function keyIdentifier(spki: Buffer): Buffer {
  return createHash("sha256").update(spki).digest().subarray(0, 20);
}

/** RFC 5280 §4.2.1.6. */
function generalName(name: string): Buffer {
  if (name.startsWith("sip:")) return der(0x86, Buffer.from(name, "latin1"));
  const address = addressBytes(name);
  return address === undefined ? der(0x82, Buffer.from(name, "latin1")) : der(0x87, address);
}

function addressBytes(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split(".").map(Number));
  if (!isIPv6(text)) return undefined;
  // The URL parser writes an address out in its shortest form, an IPv4 tail included.
  const [head = "", tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split("::");
  const groups = (part: string | undefined) => (part === undefined || part === "" ? [] : part.split(":"));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return Buffer.from(
    [...before, ...zeros, ...after].flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
}

// What TLS is set up with: read from files, and from the list of authorities that Node brings.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { certificateNames, type TlsOptions } from "@ringdown/sip";
import type { TlsConfig } from "../config/config.ts";
import { AppError } from "../errors.ts";

/** The files that TLS is made of, with the name by which an operator knows each. */
export interface TlsFiles {
  readonly cert: { readonly path: string; readonly name: string } | undefined;
  readonly key: { readonly path: string; readonly name: string } | undefined;
  readonly ca: { readonly path: string; readonly name: string } | undefined;
}

/** A certificate in words. */
export interface CertificateFacts {
  /** What it speaks for in SIP: "pbx.example.com, 192.0.2.7". */
  readonly names: string;
  readonly validTo: Date;
}

/**
 * @param clients whether clients are asked for a certificate
 * @throws AppError tls_unusable, naming the file that is at fault
 */
export async function readTlsFiles(files: TlsFiles, clients: TlsConfig["clients"]): Promise<TlsOptions> {
  const [cert, key, ca] = await Promise.all([text(files.cert), text(files.key), text(files.ca)]);
  if (ca !== undefined) certificateFacts(ca, files.ca?.name ?? "");
  return {
    ...(cert !== undefined && key !== undefined && { cert, key }),
    ...(ca !== undefined && { ca: [...rootCertificates, ca], clientCa: ca }),
    clientCertificates: clients,
  };
}

/** @throws AppError tls_unusable where the text is no certificate */
export function certificateFacts(pem: string, name: string): CertificateFacts {
  try {
    const certificate = new X509Certificate(pem);
    const names = certificateNames({ subjectaltname: certificate.subjectAltName });
    return {
      names: names.length === 0 ? certificate.subject : names.join(", "),
      validTo: new Date(certificate.validTo),
    };
  } catch (cause) {
    throw new AppError("tls_unusable", { message: `${name} holds no certificate in PEM.`, cause });
  }
}

async function text(file: TlsFiles["cert"]): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file.path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `${file.name}: the file ${file.path} cannot be read (${code}).`;
    throw new AppError("tls_unusable", { message, cause });
  }
}

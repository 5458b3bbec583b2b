// An authority and certificates of the tests' own, made by OpenSSL: no code of ours has a hand in them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, type Peer } from "./peer.ts";

export const openssl: Peer = { program: "openssl", debianPackage: "openssl" };

/** Paths of files in PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export class TestAuthority {
  /** Its own certificate. */
  readonly cert: string;
  readonly #folder: string;
  #issued = 0;

  constructor(name: string) {
    this.#folder = mkdtempSync(join(tmpdir(), "ringdown-authority-"));
    this.cert = this.#path("ca.crt");
    run([
      "req",
      "-x509",
      ...newKey,
      "-keyout",
      this.#path("ca.key"),
      "-out",
      this.cert,
      "-days",
      "30",
      "-subj",
      `/CN=${name}`,
    ]);
  }

  /** @param names as OpenSSL writes them: "DNS:pbx.test", "IP:127.0.0.1", "URI:sip:pbx.test" */
  issue(...names: readonly string[]): CertificateFiles {
    const id = ++this.#issued;
    const files = { cert: this.#path(`${id}.crt`), key: this.#path(`${id}.key`) };
    const [request, extensions] = [this.#path(`${id}.csr`), this.#path(`${id}.ext`)];
    writeFileSync(extensions, `subjectAltName=${names.join(",")}\n`);
    run(["req", ...newKey, "-keyout", files.key, "-out", request, "-subj", `/CN=certificate ${id}`]);
    const signer = ["-CA", this.cert, "-CAkey", this.#path("ca.key"), "-set_serial", String(id)];
    run([
      "x509",
      "-req",
      "-in",
      request,
      ...signer,
      "-days",
      "30",
      "-extfile",
      extensions,
      "-out",
      files.cert,
    ]);
    return files;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

function run(parameters: readonly string[]): void {
  execFileSync(findProgram(openssl.program) ?? openssl.program, parameters, { stdio: "pipe" });
}

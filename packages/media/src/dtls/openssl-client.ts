// OpenSSL as the client of a DTLS server, for tests: `openssl s_client` over a socket of the loopback.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why a test cannot have OpenSSL, LibreSSL being none; false where it can. */
export function missingOpenssl(): string | false {
  const { stdout } = spawnSync("openssl", ["version"], { encoding: "utf8" });
  if (/^OpenSSL [3-9]/.test(stdout ?? "")) return false;
  if (process.env.RINGDOWN_REQUIRE_PEERS === "1") throw new Error("openssl 3 is missing");
  return "openssl 3 is not installed";
}

export interface TestCertificate {
  readonly pem: string;
  readonly keyPem: string;
  readonly der: Buffer;
  readonly key: KeyObject;
  readonly fingerprint: Buffer;
}

export function makeTestCertificate(): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), "dtls-"));
  const [keyFile, certFile] = [join(folder, "key"), join(folder, "cert")];
  const options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=WebRTC";
  execFileSync("openssl", [...options.split(" "), "-keyout", keyFile, "-out", certFile], { stdio: "ignore" });
  const [pem, keyPem] = [readFileSync(certFile, "utf8"), readFileSync(keyFile, "utf8")];
  rmSync(folder, { recursive: true });
  const der = Buffer.from(new X509Certificate(pem).raw);
  const fingerprint = createHash("sha256").update(der).digest();
  return { pem, keyPem, der, key: createPrivateKey(keyPem), fingerprint };
}

/** What a datagram is answered with; `done` ends the client. */
export type Answering = (datagram: Buffer) => { out: readonly Buffer[]; done: boolean };

/**
 * Lets OpenSSL shake hands until the other side is done or OpenSSL gives up.
 * @returns what OpenSSL wrote
 */
export async function runOpenssl(
  certificate: TestCertificate | undefined,
  answer: Answering,
  options: readonly string[] = ["-use_srtp", "SRTP_AES128_CM_SHA1_80"],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "dtls-"));
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const own: string[] = [];
  if (certificate !== undefined) {
    writeFileSync(join(folder, "key"), certificate.keyPem);
    writeFileSync(join(folder, "cert"), certificate.pem);
    own.push("-cert", join(folder, "cert"), "-key", join(folder, "key"));
  }
  const exporter = ["-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", "60"];
  const where = ["-connect", `127.0.0.1:${socket.address().port}`];
  const client = spawn("openssl", ["s_client", "-dtls1_2", ...where, ...exporter, ...options, ...own]);
  let text = "";
  const stop = () => client.stdin.end("Q\n");
  const hear = (chunk: Buffer) => {
    text += chunk.toString("latin1");
    // the last line of what it says of a session
    if (text.includes("Extended master secret")) stop();
  };
  client.stdout.on("data", hear);
  client.stderr.on("data", hear);
  socket.on("message", (datagram, from) => {
    const { out, done } = answer(datagram);
    for (const bytes of out) socket.send(bytes, from.port, from.address);
    if (done) stop();
  });
  await once(client, "close");
  socket.close();
  rmSync(folder, { recursive: true });
  return text;
}

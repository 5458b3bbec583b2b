import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { issueCertificate, type TlsOptions } from "@ringdown/sip";
import type { Config, SIP_PROTOCOLS } from "../config/config.ts";
import { AppError } from "../errors.ts";
import { createLog } from "../log/log.ts";
import { NodeTls, type NodeTlsOptions } from "./node-tls.ts";

const day = 86_400_000;
const now = new Date();

/** A folder, a log that is kept, and a node's TLS over them. */
function scene(t: TestContext, protocols: readonly (typeof SIP_PROTOCOLS)[number][] = ["tls"]) {
  const dataDir = mkdtempSync(join(tmpdir(), "ringdown-tls-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const log = createLog("info", {
    write: (line) => {
      lines.push(line);
      for (const wake of waiting.splice(0)) wake();
    },
  });
  const sip = protocols.map((protocol) => ({ protocol, host: "127.0.0.1", port: 0 }));
  const open = async (tls: Partial<Config["tls"]> = {}, options: Partial<NodeTlsOptions> = {}) => {
    const config = {
      dataDir,
      sip,
      tls: { files: undefined, ca: undefined, clients: "none", ...tls } as const,
    };
    const opened = await NodeTls.open({ config, names: ["phone.example.com", "127.0.0.1"], log, ...options });
    t.after(() => opened.close());
    return opened;
  };
  const said = async (what: RegExp): Promise<string> => {
    for (;;) {
      const found = lines.find((line) => what.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { dataDir, lines, open, said };
}

/** Writes a certificate and its key as an operator's tool does: each in one step. */
function write(folder: string, name = "pbx.example.com", days = 90): { cert: string; key: string } {
  const made = issueCertificate({
    names: [name],
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + days * day),
  });
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  for (const which of ["cert", "key"] as const) {
    writeFileSync(`${files[which]}.new`, made[which]);
    renameSync(`${files[which]}.new`, files[which]);
  }
  return files;
}

const subject = ({ cert }: TlsOptions): string => new X509Certificate(String(cert)).subject;

describe("a node that was given no certificate", () => {
  test("makes one for itself, its owner's alone, and keeps it", async (t) => {
    const { dataDir, open } = scene(t);
    const first = (await open()).settings;
    assert.equal(subject(first), "CN=phone.example.com");
    const certificate = new X509Certificate(String(first.cert));
    assert.ok(certificate.checkIP("127.0.0.1"));
    for (const file of ["self-signed.crt", "self-signed.key"])
      assert.equal(statSync(join(dataDir, "tls", file)).mode & 0o777, 0o600);
    const second = await open();
    assert.equal(second.settings.cert, first.cert);
    assert.equal(second.certificate?.own, true);
  });

  test("makes another for another name, when its time is nearly over, and for files that do not fit", async (t) => {
    const { dataDir, open } = scene(t);
    let { cert } = (await open()).settings;
    const changed = async (options: Partial<NodeTlsOptions>) => {
      const next = (await open({}, options)).settings.cert;
      assert.notEqual(next, cert);
      cert = next;
    };
    await changed({ names: ["other.example.com"] });
    await changed({ names: ["other.example.com"], now: () => new Date(now.getTime() + 800 * day) });
    writeFileSync(join(dataDir, "tls", "self-signed.key"), "nonsense");
    await changed({ names: ["other.example.com"], now: () => new Date(now.getTime() + 800 * day) });
  });

  test("makes none where nobody listens by TLS", async (t) => {
    const { dataDir, open } = scene(t, ["udp", "tcp", "ws"]);
    const tls = await open();
    assert.equal(tls.settings.cert, undefined);
    assert.equal(tls.certificate, undefined);
    assert.equal(existsSync(join(dataDir, "tls")), false);
  });

  test("says what to do where it cannot write", async (t) => {
    const { dataDir, open } = scene(t);
    writeFileSync(join(dataDir, "tls"), "a file, and no folder");
    await assert.rejects(
      open(),
      /none can be written to .*tls \(E\w+\): mend that, or set RINGDOWN_TLS_CERT/,
    );
  });
});

describe("certificates from files", () => {
  test("are read, said, and warned of when their time is nearly over", async (t) => {
    const { dataDir, open, said, lines } = scene(t);
    const { certificate } = await open({ files: write(dataDir) });
    assert.equal(certificate?.names, "pbx.example.com");
    assert.equal(certificate?.own, false);
    assert.doesNotMatch(lines.join(""), /"warn"/);
    await open({ files: write(dataDir, "pbx.example.com", 10) });
    await said(/"warn".*ends soon/);
    await open({ files: write(dataDir, "pbx.example.com", -0.5) });
    await said(/"warn".*is over/);
    assert.doesNotMatch(lines.join(""), /PRIVATE KEY/);
  });

  test("are refused with the variable that names them", async (t) => {
    const { dataDir, open } = scene(t);
    const files = write(dataDir);
    const other = join(dataDir, "other.pem");
    const missing = join(dataDir, "missing.pem");
    writeFileSync(other, "nothing of use");
    const cases: [Partial<Config["tls"]>, RegExp][] = [
      [
        { files: { ...files, cert: missing } },
        /^RINGDOWN_TLS_CERT: the file .*missing.pem cannot be read \(ENOENT\)/,
      ],
      [{ files: { ...files, key: missing } }, /^RINGDOWN_TLS_KEY: the file/],
      [{ files: { ...files, cert: other } }, /^RINGDOWN_TLS_CERT holds no certificate in PEM/],
      [{ files: { ...files, key: other } }, /^RINGDOWN_TLS_CERT and RINGDOWN_TLS_KEY cannot be used: /],
      [{ files, ca: other }, /^RINGDOWN_TLS_CA holds no certificate in PEM/],
    ];
    for (const [tls, sentence] of cases) {
      await assert.rejects(open(tls), (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, "tls_unusable");
        assert.match(error.message, sentence);
        return true;
      });
    }
  });

  test("add the given authority to Node's for servers, and are the only one for clients", async (t) => {
    const { dataDir, open } = scene(t);
    const files = write(dataDir);
    const { settings } = await open({ files, ca: files.cert, clients: "require" });
    assert.ok(Array.isArray(settings.ca) && settings.ca.length > 50);
    assert.equal(settings.clientCa, readFileSync(files.cert, "utf8"));
    assert.equal(settings.clientCertificates, "require");
    assert.equal((await open({ files })).settings.ca, undefined);
  });
});

describe("files that change", () => {
  test("are read again by themselves, once both are there", async (t) => {
    const { dataDir, open, said } = scene(t);
    const tls = await open({ files: write(dataDir) }, { watchMs: 20, settleMs: 60 });
    const applied: string[] = [];
    tls.watch((settings) => applied.push(subject(settings)));
    // Watching keeps no process alive, which is what this waits for.
    const alive = setInterval(() => {}, 1_000);
    t.after(() => clearInterval(alive));
    write(dataDir, "next.example.com");
    await said(/read again/);
    assert.deepEqual(applied, ["CN=next.example.com"]);
    assert.equal(tls.certificate?.names, "next.example.com");
  });

  test("are read again when asked for, and what is no good changes nothing", async (t) => {
    const { dataDir, open, lines } = scene(t);
    const tls = await open({ files: write(dataDir) }, { watchMs: 60_000 });
    const applied: string[] = [];
    tls.watch((settings) => applied.push(subject(settings)));
    writeFileSync(join(dataDir, "key.pem"), "half a key");
    await tls.reload();
    assert.match(lines.at(-1) ?? "", /"error".*RINGDOWN_TLS_KEY cannot be used.*stays in force/);
    assert.equal(subject(tls.settings), "CN=pbx.example.com");
    write(dataDir, "later.example.com");
    await Promise.all([tls.reload(), tls.reload()]);
    assert.deepEqual(applied, ["CN=later.example.com", "CN=later.example.com"]);
  });
});

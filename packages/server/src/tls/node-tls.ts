// TLS of a node: where certificate and key are, and what is done when they change.
import { unwatchFile, watchFile } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "@ringdown/sip";
import type { Config } from "../config/config.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { ownCertificate } from "./own-certificate.ts";
import { type CertificateFacts, certificateFacts, readTlsFiles, type TlsFiles } from "./tls-files.ts";

const DAY_MS = 86_400_000;
/** Days before its end from which on a certificate is warned of. */
const WARN_DAYS = 14;

export interface NodeTlsOptions {
  readonly config: Pick<Config, "dataDir" | "sip" | "tls">;
  /** What the node's own certificate is for, where it needs one: names and addresses, the first the one that counts. */
  readonly names: readonly string[];
  readonly log: Log;
  readonly now?: () => Date;
  /** ms between two looks at the files. */
  readonly watchMs?: number;
  /** ms that they have to stay as they are: certificate and key are replaced one after the other. */
  readonly settleMs?: number;
}

/** The certificate that listeners show. */
export interface ShownCertificate extends CertificateFacts {
  readonly path: string;
  /** Made by this node for itself. */
  readonly own: boolean;
}

export class NodeTls {
  readonly #options: NodeTlsOptions;
  readonly #files: TlsFiles;
  readonly #own: boolean;
  #current: TlsOptions;
  #apply: ((options: TlsOptions) => void) | undefined;
  #settling: NodeJS.Timeout | undefined;
  #daily: NodeJS.Timeout | undefined;
  #reloading: Promise<void> = Promise.resolve();

  private constructor(options: NodeTlsOptions, files: TlsFiles, own: boolean, current: TlsOptions) {
    this.#options = options;
    this.#files = files;
    this.#own = own;
    this.#current = current;
  }

  /** @throws AppError tls_unusable, naming the variable or file that is at fault */
  static async open(options: NodeTlsOptions): Promise<NodeTls> {
    const { config, names, now } = options;
    const { files: given, ca } = config.tls;
    const isListening = config.sip.some(({ protocol }) => protocol === "tls" || protocol === "wss");
    const makesOwn = given === undefined && isListening;
    const paths = makesOwn ? await makeOwn(config.dataDir, names, now?.() ?? new Date()) : given;
    const named = (path: string | undefined, variable: string) =>
      path === undefined ? undefined : { path, name: makesOwn ? path : variable };
    const files: TlsFiles = {
      cert: named(paths?.cert, "RINGDOWN_TLS_CERT"),
      key: named(paths?.key, "RINGDOWN_TLS_KEY"),
      ca: ca === undefined ? undefined : { path: ca, name: "RINGDOWN_TLS_CA" },
    };
    const tls = new NodeTls(options, files, makesOwn, await read(files, config.tls.clients));
    tls.#tell("TLS certificate");
    return tls;
  }

  /** For `createSipStack`. */
  get settings(): TlsOptions {
    return this.#current;
  }

  /** undefined where there is none. */
  get certificate(): ShownCertificate | undefined {
    const { cert } = this.#current;
    const file = this.#files.cert;
    if (cert === undefined || file === undefined) return undefined;
    return { ...certificateFacts(String(cert), file.name), path: file.path, own: this.#own };
  }

  /** From now on changed files are read again. @param apply throws where the settings are no good */
  watch(apply: (options: TlsOptions) => void): void {
    this.#apply = apply;
    const { watchMs = 5_000, settleMs = 2_000 } = this.#options;
    for (const file of this.#watched) {
      watchFile(file, { interval: watchMs, persistent: false }, () => {
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => void this.reload(), settleMs);
        this.#settling.unref();
      });
    }
    this.#daily = setInterval(() => this.#warnOfEnd(), DAY_MS);
    this.#daily.unref();
  }

  /** Reads the files again. Never rejects: what cannot be used is logged, and what was in force stays so. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(async () => {
      const { log, config } = this.#options;
      try {
        const settings = await read(this.#files, config.tls.clients);
        this.#apply?.(settings);
        this.#current = settings;
        this.#tell("TLS certificate read again");
      } catch (error) {
        log.error({ err: error }, "the TLS files cannot be used: what was read before stays in force");
      }
    });
    return this.#reloading;
  }

  close(): void {
    clearTimeout(this.#settling);
    clearInterval(this.#daily);
    for (const file of this.#watched) unwatchFile(file);
  }

  get #watched(): string[] {
    const { cert, key, ca } = this.#files;
    return [cert, key, ca].flatMap((file) => file?.path ?? []);
  }

  #tell(what: string): void {
    const { certificate } = this;
    if (certificate === undefined) return;
    const { names, validTo, path, own } = certificate;
    this.#options.log.info({ names, validTo, path, own }, what);
    this.#warnOfEnd();
  }

  #warnOfEnd(): void {
    const { certificate } = this;
    if (certificate === undefined) return;
    const { names, validTo, path } = certificate;
    const days = (validTo.getTime() - (this.#options.now?.() ?? new Date()).getTime()) / DAY_MS;
    if (days > WARN_DAYS) return;
    const what = days < 0 ? "is over: peers refuse it" : "ends soon";
    this.#options.log.warn({ names, validTo, path }, `the time of the TLS certificate ${what}`);
  }
}

async function makeOwn(dataDir: string, names: readonly string[], now: Date) {
  const folder = join(dataDir, "tls");
  try {
    return await ownCertificate(folder, names, now);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message =
      `A TLS listener needs a certificate, and none can be written to ${folder} (${code}): ` +
      "mend that, or set RINGDOWN_TLS_CERT and RINGDOWN_TLS_KEY.";
    throw new AppError("tls_unusable", { message, cause });
  }
}

async function read(files: TlsFiles, clients: Config["tls"]["clients"]): Promise<TlsOptions> {
  const settings = await readTlsFiles(files, clients);
  const { cert, key } = settings;
  if (cert === undefined || key === undefined) return settings;
  certificateFacts(String(cert), files.cert?.name ?? "");
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${files.cert?.name} and ${files.key?.name} cannot be used: ${reason}.`;
    throw new AppError("tls_unusable", { message, cause });
  }
  return settings;
}

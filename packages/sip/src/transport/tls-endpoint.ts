import { constants } from "node:crypto";
import { isIP, type Socket } from "node:net";
import {
  connect as connectTls,
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from "node:tls";
import { SipTransportError } from "../errors.ts";
import { bearsName, certificateNames } from "./peer-names.ts";

/** Certificates and what is asked of the peers'. All in PEM. */
export interface TlsOptions {
  /** Our certificate, followed by those that lead to its authority; with `key` what TLS listeners need, and what is shown to servers that ask. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  /** Authorities that servers' certificates may come from, in place of those that Node brings; or such certificates themselves. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** The same for clients' certificates; `ca` where left out. */
  readonly clientCa?: string | Buffer | readonly (string | Buffer)[];
  /** Whether clients are asked for a certificate; "require" turns away those without a good one. Default "none". */
  readonly clientCertificates?: "none" | "request" | "require";
  /** Let a server's "*.example.com" stand for "sip.example.com": RFC 5922 §7.2 forbids it, and large providers use it. Default false. */
  readonly wildcards?: boolean;
  /** Default "TLSv1.2", which is the least. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
}

/** What a peer's certificate proved. */
export interface PeerIdentity {
  /** Name that a server was verified for. */
  readonly serverName?: string;
  /** All that its certificate speaks for. */
  readonly peerNames?: readonly string[];
}

export interface DialOptions {
  readonly address: string;
  readonly port: number;
  readonly localAddress: string | undefined;
  readonly serverName: string;
}

type Secured = (outcome: TLSSocket | Error) => void;

interface State {
  readonly options: TlsOptions;
  readonly server: Server | undefined;
  readonly client: SecureContext;
}

/**
 * The two sides of TLS. New settings are for new handshakes: what stands is left alone. Accepted sockets are handed to
 * a server that listens nowhere, so that connections are counted and bounded before their handshake begins.
 */
export class TlsEndpoint {
  readonly #handshakeTimeoutMs: number;
  readonly #shaking = new Map<string, Secured>();
  #state: State;

  /** @throws SipTransportError tls_settings */
  constructor(options: TlsOptions, handshakeTimeoutMs: number) {
    this.#handshakeTimeoutMs = handshakeTimeoutMs;
    this.#state = this.#prepare(options);
  }

  /** Whether there is a certificate to listen with. */
  get canListen(): boolean {
    return this.#state.server !== undefined;
  }

  get wildcards(): boolean {
    return this.#state.options.wildcards === true;
  }

  /** Takes other settings, or, where they are no good, keeps those that it has. @throws SipTransportError tls_settings */
  reload(options: TlsOptions): void {
    this.#state = this.#prepare(options);
  }

  /** Shakes hands on an accepted socket; `done` is called once, also when the socket closes before. */
  secure(raw: Socket, done: Secured): void {
    const { server } = this.#state;
    if (server === undefined) throw new SipTransportError("tls_settings", "There is no certificate.");
    const key = socketKey(raw);
    const finish: Secured = (outcome) => {
      if (!this.#shaking.delete(key)) return;
      raw.removeListener("close", closed);
      done(outcome);
    };
    const closed = (): void => finish(new Error("the connection was closed during the handshake"));
    this.#shaking.set(key, finish);
    raw.once("close", closed);
    server.emit("connection", raw);
  }

  /** A connection that is of no use before its "secureConnect": only then the server has proved its name. */
  connect({ address, port, localAddress, serverName }: DialOptions): TLSSocket {
    const { client, options } = this.#state;
    return connectTls({
      host: address,
      port,
      ...(localAddress === undefined ? {} : { localAddress }),
      // RFC 6066 §3: an address is no server name.
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      secureContext: client,
      rejectUnauthorized: true,
      checkServerIdentity: (_host, certificate) => {
        const names = certificateNames(certificate);
        if (bearsName(names, serverName, options.wildcards)) return undefined;
        const shown = names.length === 0 ? "no name" : names.slice(0, 5).join(", ");
        return new Error(`the certificate is for ${shown}, not for ${serverName}`);
      },
    });
  }

  #prepare(options: TlsOptions): State {
    const { cert, key, passphrase, ca, minVersion = "TLSv1.2" } = options;
    if ((cert === undefined) !== (key === undefined))
      throw new SipTransportError("tls_settings", "A certificate and its private key come together.");
    const identity = {
      ...(cert !== undefined && key !== undefined && { cert, key }),
      ...(passphrase !== undefined && { passphrase }),
      minVersion,
    };
    try {
      const client = createSecureContext({ ...identity, ...authorities(ca) });
      const server = cert === undefined ? undefined : this.#server(identity, options);
      return { options, client, server };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SipTransportError("tls_settings", `The TLS settings are no good: ${reason}.`, error);
    }
  }

  #server(identity: SecureContextOptions, options: TlsOptions): Server {
    const { clientCertificates = "none" } = options;
    const server = createServer({
      ...identity,
      ...authorities(options.clientCa ?? options.ca),
      requestCert: clientCertificates !== "none",
      rejectUnauthorized: clientCertificates === "require",
      handshakeTimeout: this.#handshakeTimeoutMs,
      // A client that asks for a new handshake again and again would cost us more than itself.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    });
    server.on("secureConnection", (socket) => this.#shaken(socket, socket));
    server.on("tlsClientError", (error, socket) => this.#shaken(socket, error));
    return server;
  }

  #shaken(socket: TLSSocket, outcome: TLSSocket | Error): void {
    this.#shaking.get(socketKey(socket))?.(outcome);
  }
}

/** What the certificate of a connected peer proved. @param serverName the one that we verified, where we connected */
export function peerIdentity(socket: TLSSocket, serverName: string | undefined): PeerIdentity {
  if (!socket.authorized) return {};
  const peerNames = certificateNames(socket.getPeerCertificate());
  return { ...(serverName !== undefined && { serverName }), ...(peerNames.length > 0 && { peerNames }) };
}

/** What is listed is trusted, be it no authority but one peer's own certificate. */
function authorities(ca: TlsOptions["ca"]): { ca?: (string | Buffer)[]; allowPartialTrustChain?: boolean } {
  if (ca === undefined) return {};
  return {
    ca: typeof ca === "string" || Buffer.isBuffer(ca) ? [ca] : [...ca],
    allowPartialTrustChain: true,
  };
}

/** Both ends, which a socket and the TLS upon it have in common. */
function socketKey({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

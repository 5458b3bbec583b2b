// A real softphone without a screen: a baresip profile in a folder of its own, driven over its ctrl_tcp module.
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWav, type Wav, wavOf } from "./audio.ts";
import { endChild, startChild } from "./child.ts";
import { freeTcpPort, freeUdpPorts } from "./ports.ts";
import { eventually } from "./wait.ts";

const moduleFolders = [
  "/usr/lib/baresip/modules",
  "/usr/local/lib/baresip/modules",
  "/usr/lib/x86_64-linux-gnu/baresip/modules",
];

export interface BaresipOptions {
  /** User part of the account: a number in E.164 where Ringdown is called directly, an extension where a PBX is between. */
  user: string;
  /** The account is one of a PBX on this port, which asks for the password. */
  pbx?: { port: number; password: string };
  /** It registers there, so that it can be called. */
  registers?: boolean;
  /** It picks up by itself; where it registers, unless this says otherwise. */
  answers?: boolean;
  /** What the caller says: 8 kHz samples; the call ends when they do. Two minutes of silence when left out. */
  speech?: Int16Array;
  transport?: "udp" | "tcp" | "tls";
  /** Loopback address that it has: 127.0.0.1 unless this is said. */
  address?: "127.0.0.1" | "::1";
}

export interface BaresipEvent {
  type: string;
  class?: string;
  param?: string;
  peeruri?: string;
}

/** Splits netstrings ("LENGTH:BYTES,"), however the stream was cut. */
export class NetstringReader {
  #buffer = Buffer.alloc(0);

  push(chunk: Buffer): string[] {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    const out: string[] = [];
    for (;;) {
      const colon = this.#buffer.indexOf(0x3a);
      if (colon < 0) return out;
      const length = Number(this.#buffer.toString("latin1", 0, colon));
      if (!Number.isInteger(length)) throw new Error("not a netstring");
      if (this.#buffer.length < colon + 1 + length + 1) return out;
      out.push(this.#buffer.toString("utf8", colon + 1, colon + 1 + length));
      this.#buffer = this.#buffer.subarray(colon + 1 + length + 1);
    }
  }
}

export class Baresip {
  readonly events: BaresipEvent[] = [];
  readonly folder: string;
  output = "";
  readonly #child: ChildProcess;
  readonly #control: Socket;
  readonly #answers = new Map<string, (answer: { ok: boolean; data: string }) => void>();
  #tokens = 0;

  private constructor(child: ChildProcess, control: Socket, folder: string) {
    this.#child = child;
    this.#control = control;
    this.folder = folder;
    const reader = new NetstringReader();
    control.on("data", (chunk) => {
      for (const text of reader.push(chunk)) this.#take(JSON.parse(text) as Record<string, unknown>);
    });
    control.on("error", () => {});
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output = (this.output + text).slice(-20_000);
      });
    }
  }

  /** Starts baresip with an account that registers nowhere, and waits until it takes commands. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const folder = mkdtempSync(join(tmpdir(), "ringdown-baresip-"));
    mkdirSync(join(folder, "heard"));
    const modules = moduleFolders.find((path) => existsSync(path));
    if (modules === undefined) throw new Error("baresip's modules are not where they are looked for");
    // It listens for TLS on the SIP port + 1 as well.
    const sipPort = await freeUdpPorts();
    const controlPort = await freeTcpPort();
    const rtpPort = await freeUdpPorts();
    writeFileSync(join(folder, "speech.wav"), wavOf(options.speech ?? new Int16Array(8_000 * 120)));
    const address = options.address ?? "127.0.0.1";
    const host = address.includes(":") ? `[${address}]` : address;
    writeFileSync(
      join(folder, "config"),
      configText({ folder, modules, host, sipPort, controlPort, rtpPort }),
    );
    const { user, pbx, transport = "udp", answers = options.registers === true } = options;
    const domain = pbx === undefined ? host : `${host}:${pbx.port}`;
    const account = [
      `<sip:${user}@${domain};transport=${transport}>`,
      ...(pbx === undefined ? [] : [`auth_user=${user}`, `auth_pass=${pbx.password}`]),
      ...[options.registers === true ? "regint=60" : "regint=0", "audio_codecs=PCMU/8000/1,PCMA/8000/1"],
      `answermode=${answers ? "auto" : "manual"}`,
    ];
    writeFileSync(join(folder, "accounts"), `${account.join(";")}\n`);
    writeFileSync(join(folder, "contacts"), "");
    writeFileSync(join(folder, "uuid"), randomUUID());
    const child = startChild("baresip", [...(host === address ? [] : ["-6"]), "-f", folder, "-v"], {
      cwd: folder,
      stdio: ["pipe", "pipe", "pipe"],
    });
    try {
      const control = await eventually(
        "baresip takes control connections",
        () => tryConnect(controlPort),
        10_000,
      );
      return new Baresip(child, control, folder);
    } catch (error) {
      await endChild(child, 1_000);
      throw error;
    }
  }

  #take(message: Record<string, unknown>): void {
    if (message.response === true) {
      const token = String(message.token ?? "");
      this.#answers.get(token)?.({ ok: message.ok === true, data: String(message.data ?? "") });
      this.#answers.delete(token);
    } else if (message.event === true) {
      this.events.push(message as unknown as BaresipEvent);
    }
  }

  /** One command of baresip's menu by its long name. */
  async command(command: string, parameters = ""): Promise<string> {
    const token = `t${++this.#tokens}`;
    const text = JSON.stringify({ command, params: parameters, token });
    const answer = new Promise<{ ok: boolean; data: string }>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`baresip did not answer ${command}`)), 5_000);
      this.#answers.set(token, (value) => {
        clearTimeout(limit);
        resolve(value);
      });
    });
    this.#control.write(`${Buffer.byteLength(text)}:${text},`);
    const { ok, data } = await answer;
    if (!ok) throw new Error(`baresip refused ${command}: ${data}`);
    return data;
  }

  async dial(uri: string): Promise<void> {
    await this.command("dial", uri);
  }

  /** Presses keys (RFC 4733 when negotiated). */
  async press(keys: string): Promise<void> {
    for (const key of keys) await this.command("sndcode", key);
  }

  async hangUp(): Promise<void> {
    await this.command("hangup");
  }

  /** Waits for an event such as CALL_ESTABLISHED or CALL_CLOSED. */
  async event(type: string, limitMs = 10_000): Promise<BaresipEvent> {
    return eventually(
      () =>
        `baresip's event ${type} (came: ${this.events.map((event) => event.type).join(" ")})\n${this.output.slice(-2_000)}`,
      () => this.events.find((event) => event.type === type),
      limitMs,
    );
  }

  /** What the softphone heard; complete after CALL_CLOSED. */
  async heard(): Promise<Wav> {
    const name = await eventually("baresip's recording", () =>
      readdirSync(join(this.folder, "heard")).find((file) => file.endsWith("-dec.wav")),
    );
    return readWav(readFileSync(join(this.folder, "heard", name)));
  }

  async stop(): Promise<void> {
    this.#control.destroy();
    await endChild(this.#child, 3_000);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function tryConnect(port: number): Promise<Socket | undefined> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return undefined;
  }
}

interface Profile {
  folder: string;
  modules: string;
  /** IPv6 in brackets. */
  host: string;
  sipPort: number;
  controlPort: number;
  rtpPort: number;
}

/** A sound card is nowhere needed: the source is a file, the player goes nowhere, sndfile keeps both directions. */
function configText(profile: Profile): string {
  const settings: Record<string, string> = {
    poll_method: "epoll",
    // Bound to ::1 it finds no address for its audio: on IPv6 it takes whatever the machine has.
    ...(profile.host === "127.0.0.1" ? { net_interface: profile.host } : {}),
    sip_listen: `${profile.host}:${profile.sipPort}`,
    call_local_timeout: "120",
    call_max_calls: "4",
    audio_player: "aubridge,player",
    audio_source: `aufile,${join(profile.folder, "speech.wav")}`,
    audio_alert: "aubridge,alert",
    ausrc_srate: "8000",
    auplay_srate: "8000",
    ausrc_channels: "1",
    auplay_channels: "1",
    audio_level: "no",
    ausrc_format: "s16",
    auplay_format: "s16",
    auenc_format: "s16",
    audec_format: "s16",
    audio_buffer: "20-160",
    rtp_ports: `${profile.rtpPort}-${profile.rtpPort + 3}`,
    rtp_stats: "yes",
    jitter_buffer_delay: "2-10",
    module_path: profile.modules,
    ctrl_tcp_listen: `127.0.0.1:${profile.controlPort}`,
    snd_path: join(profile.folder, "heard"),
  };
  const modules = ["g711.so", "aufile.so", "aubridge.so", "sndfile.so"].map((name) => `module ${name}`);
  modules.push("module_tmp uuid.so", "module_tmp account.so");
  modules.push("module_app menu.so", "module_app ctrl_tcp.so", "module_app debug_cmd.so");
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return `${[...lines, ...modules].join("\n")}\n`;
}

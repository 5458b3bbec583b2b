// Linphone's console softphone: another SIP stack than baresip's, driven by the commands that one types.
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWav, type Wav, wavOf } from "./audio.ts";
import { endChild, startChild } from "./child.ts";
import { freeUdpPort, freeUdpPorts } from "./ports.ts";
import { eventually, pause } from "./wait.ts";

export class Linphone {
  readonly folder: string;
  /** It speaks SIP there. */
  readonly port: number;
  output = "";
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.folder = folder;
    this.port = port;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output = (this.output + text).slice(-50_000);
      });
    }
  }

  /**
   * Starts Linphone without an account: it calls as `user` and registers nowhere.
   * @param speech 8 kHz samples that it says; silence when left out
   */
  static async start(
    user: string,
    { answers = false, speech }: { answers?: boolean; speech?: Int16Array } = {},
  ): Promise<Linphone> {
    const port = await freeUdpPort();
    const folder = mkdtempSync(join(tmpdir(), "ringdown-linphone-"));
    // Without these it gives up on its own database.
    for (const path of [".config/linphone", ".local/share/linphone"])
      mkdirSync(join(folder, path), { recursive: true });
    const settings = [
      "[sip]",
      // Else a machine without a default route counts as off-line, and nothing is sent.
      "auto_net_state_mon=0",
      "bind_address=127.0.0.1",
      `sip_port=${port}`,
      "sip_tcp_port=0",
      "sip_tls_port=0",
      `contact=<sip:${user}@127.0.0.1>`,
      "guess_hostname=0",
      "default_proxy=-1",
      "[rtp]",
      `audio_rtp_port=${await freeUdpPorts()}`,
    ];
    writeFileSync(join(folder, "linphonerc"), `${settings.join("\n")}\n`);
    const child = startChild("linphonec", ["-c", join(folder, "linphonerc")], {
      cwd: folder,
      env: { ...process.env, HOME: folder },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const phone = new Linphone(child, folder, port);
    await phone.says("linphonec>");
    await phone.type("soundcard use files");
    await phone.type(`record ${join(folder, "heard.wav")}`);
    if (speech !== undefined) {
      writeFileSync(join(folder, "speech.wav"), wavOf(speech));
      await phone.type(`play ${join(folder, "speech.wav")}`);
    }
    if (answers) await phone.type("autoanswer enable");
    return phone;
  }

  /** Types one command. Linphone reads one each time it polls its input. */
  async type(command: string): Promise<void> {
    this.#child.stdin?.write(`${command}\n`);
    await pause(300);
  }

  async says(text: string, limitMs = 10_000): Promise<void> {
    await eventually(
      () => `Linphone says "${text}"; it said:\n${this.output.slice(-2_000)}`,
      () => this.output.includes(text),
      limitMs,
    );
  }

  heard(): Wav {
    return readWav(readFileSync(join(this.folder, "heard.wav")));
  }

  async stop(): Promise<void> {
    await endChild(this.#child, 3_000);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// Where recordings and messages lie: RINGDOWN_DATA/recordings/YYYY/MM/DD/<callId>.wav, by the call's start in UTC.
import { rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

export interface RecordingPaths {
  recording: string;
  /** Without number and ending: `…-message-1.wav` follows. */
  messagePrefix: string;
}

export interface RecordingFiles {
  /** @param startedAt ISO 8601 UTC */
  paths(callId: string, startedAt: string): RecordingPaths;
  /**
   * The value of the record's `recording`: the path below the data folder, or null where nothing was recorded.
   * @param closed whether the worker closed the file; if not (it died), the file is repaired.
   */
  finished(path: string, closed: boolean): Promise<string | null>;
  /** A path as records show it: below the data folder, with forward slashes. */
  nameOf(path: string): string;
}

export interface DiskRecordingsOptions {
  dataDir: string;
  /** Makes a WAV file readable that was cut off. */
  repair(path: string): Promise<unknown>;
  onFault(error: unknown, path: string): void;
}

export class DiskRecordings implements RecordingFiles {
  readonly #options: DiskRecordingsOptions;

  constructor(options: DiskRecordingsOptions) {
    this.#options = options;
  }

  paths(callId: string, startedAt: string): RecordingPaths {
    const [year = "", month = "", day = ""] = startedAt.slice(0, 10).split("-");
    const stem = join(this.#options.dataDir, "recordings", year, month, day, callId);
    return { recording: `${stem}.wav`, messagePrefix: `${stem}-message-` };
  }

  async finished(path: string, closed: boolean): Promise<string | null> {
    try {
      if (!closed) {
        if ((await stat(path).catch(() => undefined)) === undefined) return null;
        await this.#options.repair(path);
      }
      return this.nameOf(path);
    } catch (error) {
      this.#options.onFault(error, path);
      return null;
    }
  }

  /** @param name as records have it; one that is gone is no fault, one that leads out of the folder is none of ours */
  async remove(name: string): Promise<void> {
    const root = join(this.#options.dataDir, "recordings");
    const path = join(this.#options.dataDir, name);
    if (!path.startsWith(root + sep)) return;
    await rm(path, { force: true });
    // The day's folder, once it is empty; the month's and the year's stay.
    await rmdir(dirname(path)).catch(() => undefined);
  }

  nameOf(path: string): string {
    return relative(this.#options.dataDir, path).split(sep).join("/");
  }
}

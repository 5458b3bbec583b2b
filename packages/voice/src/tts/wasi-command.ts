/** Exit of the command by `proc_exit`: not an error, only the way out of WebAssembly. */
class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const success = 0;
const badDescriptor = 8;
const seekOnPipe = 70;
const directory = 3;
const file = 4;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** One growing file in memory. */
class MemoryFile {
  #data = new Uint8Array(1 << 16);
  #length = 0;
  #position = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  write(bytes: Uint8Array): void {
    const end = this.#position + bytes.length;
    if (end > this.#limit) throw new RangeError("the command writes more than it may");
    if (end > this.#data.length) {
      const larger = new Uint8Array(Math.max(this.#data.length * 2, end));
      larger.set(this.#data.subarray(0, this.#length));
      this.#data = larger;
    }
    this.#data.set(bytes, this.#position);
    this.#position = end;
    this.#length = Math.max(this.#length, end);
  }

  seek(offset: number, whence: number): number {
    const origin = whence === 0 ? 0 : whence === 1 ? this.#position : this.#length;
    this.#position = Math.min(Math.max(0, origin + offset), this.#limit);
    return this.#position;
  }

  bytes(): Uint8Array {
    return this.#data.subarray(0, this.#length);
  }
}

export interface CommandResult {
  exitCode: number;
  /** What the command wrote to the one file that it opened. */
  file: Uint8Array;
  stdout: string;
}

/**
 * Runs a WASI command once, in memory: arguments in, one file and stdout out. It has no clock, no
 * input and no file system, so what it is given to read can do no more than take time.
 * `node:wasi` would do, with a temporary folder and a warning; these are the calls that flite makes.
 * @param args argv[0] included
 * @param fileLimit bytes
 */
export function runCommand(module: WebAssembly.Module, args: string[], fileLimit: number): CommandResult {
  const output = new MemoryFile(fileLimit);
  let stdout = "";
  let memory: WebAssembly.Memory | undefined;
  const bytes = () => new Uint8Array((memory as WebAssembly.Memory).buffer);
  const view = () => new DataView((memory as WebAssembly.Memory).buffer);
  const argv = args.map((arg) => encoder.encode(`${arg.replaceAll("\0", " ")}\0`));

  const wasi = {
    args_sizes_get(count: number, size: number): number {
      view().setUint32(count, argv.length, true);
      view().setUint32(
        size,
        argv.reduce((sum, arg) => sum + arg.length, 0),
        true,
      ); // prettier-ignore
      return success;
    },
    args_get(pointers: number, text: number): number {
      let at = text;
      for (const [index, arg] of argv.entries()) {
        view().setUint32(pointers + 4 * index, at, true);
        bytes().set(arg, at);
        at += arg.length;
      }
      return success;
    },
    clock_time_get(_id: number, _precision: bigint, time: number): number {
      view().setBigUint64(time, 0n, true);
      return success;
    },
    fd_close: () => success,
    fd_fdstat_get(descriptor: number, stat: number): number {
      const at = view();
      at.setUint8(stat, descriptor < directory ? 2 : descriptor === directory ? 3 : 4); // character device, directory, regular file
      at.setUint8(stat + 1, 0);
      at.setUint16(stat + 2, 0, true);
      at.setBigUint64(stat + 8, 0xffff_ffff_ffff_ffffn, true);
      at.setBigUint64(stat + 16, 0xffff_ffff_ffff_ffffn, true);
      return success;
    },
    fd_fdstat_set_flags: () => success,
    fd_prestat_get(descriptor: number, prestat: number): number {
      if (descriptor !== directory) return badDescriptor;
      view().setUint32(prestat, 0, true);
      view().setUint32(prestat + 4, 1, true);
      return success;
    },
    fd_prestat_dir_name(_descriptor: number, path: number, _length: number): number {
      bytes()[path] = 0x2f; // "/"
      return success;
    },
    fd_read(_descriptor: number, _vectors: number, _count: number, read: number): number {
      view().setUint32(read, 0, true);
      return success;
    },
    fd_seek(descriptor: number, offset: bigint, whence: number, position: number): number {
      if (descriptor < file) return seekOnPipe;
      view().setBigUint64(position, BigInt(output.seek(Number(offset), whence)), true);
      return success;
    },
    fd_write(descriptor: number, vectors: number, count: number, written: number): number {
      let total = 0;
      for (let index = 0; index < count; index++) {
        const start = view().getUint32(vectors + 8 * index, true);
        const length = view().getUint32(vectors + 8 * index + 4, true);
        const part = bytes().subarray(start, start + length);
        if (descriptor >= file) output.write(part);
        else if (stdout.length < 65_536) stdout += decoder.decode(part);
        total += length;
      }
      view().setUint32(written, total, true);
      return success;
    },
    path_open(...args: number[]): number {
      const opened = args[8];
      if (opened === undefined) return badDescriptor;
      view().setUint32(opened, file, true);
      return success;
    },
    proc_exit(code: number): never {
      throw new Exit(code);
    },
  };

  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi });
  memory = instance.exports.memory as WebAssembly.Memory;
  const start = instance.exports._start as () => void;
  let exitCode = 0;
  try {
    start();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    exitCode = error.code;
  }
  return { exitCode, file: output.bytes(), stdout };
}

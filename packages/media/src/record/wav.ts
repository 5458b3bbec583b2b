/** RIFF/WAVE files of 16-bit PCM: the header, and small helpers that read, write and repair whole files. */
import { type FileHandle, open, readFile, writeFile } from "node:fs/promises";
import { MediaError } from "../errors.ts";

/** Bytes of the header that {@link wavHeader} makes: RIFF, one `fmt ` chunk of 16 bytes, and the head of `data`. */
export const wavHeaderLength = 44;
/** Longest `data` chunk, bytes: RIFF sizes are 32 bits and count the rest of the header too. */
export const wavLongestData = 0xffffffff - wavHeaderLength;

export interface WavFormat {
  /** Hz. */
  sampleRate: number;
  channels: number;
}

export interface WavAudio extends WavFormat {
  /** One array a channel, all of one length. Stereo: left, right. */
  samples: Int16Array[];
}

/** The 44 bytes before `dataLength` bytes of samples. */
export function wavHeader({ sampleRate, channels }: WavFormat, dataLength: number): Buffer {
  const header = Buffer.alloc(wavHeaderLength);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(wavHeaderLength - 8 + dataLength, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // WAVE_FORMAT_PCM
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(dataLength, 40);
  return header;
}

interface WavLayout extends WavFormat {
  dataOffset: number;
  /** As the header says. */
  dataLength: number;
}

/** Finds format and samples in the first bytes of a file. */
function readLayout(head: Buffer): WavLayout {
  if (
    head.length < 12 ||
    head.toString("latin1", 0, 4) !== "RIFF" ||
    head.toString("latin1", 8, 12) !== "WAVE"
  ) {
    throw new MediaError("wav_malformed", "no RIFF WAVE header");
  }
  let format: WavFormat | undefined;
  let offset = 12;
  while (offset + 8 <= head.length) {
    const name = head.toString("latin1", offset, offset + 4);
    const length = head.readUInt32LE(offset + 4);
    const body = offset + 8;
    if (name === "fmt " && length >= 16 && body + 16 <= head.length) {
      const tag = head.readUInt16LE(body);
      // WAVE_FORMAT_EXTENSIBLE names PCM in the first two bytes of its sub-format.
      const encoding = tag === 0xfffe && body + 26 <= head.length ? head.readUInt16LE(body + 24) : tag;
      const channels = head.readUInt16LE(body + 2);
      const sampleRate = head.readUInt32LE(body + 4);
      if (encoding !== 1 || head.readUInt16LE(body + 14) !== 16)
        throw new MediaError("wav_malformed", "not 16-bit PCM");
      if (channels < 1 || channels > 16 || sampleRate < 1 || sampleRate > 768_000) {
        throw new MediaError("wav_malformed", `${channels} channels at ${sampleRate} Hz`);
      }
      format = { channels, sampleRate };
    }
    if (name === "data") {
      if (format === undefined) throw new MediaError("wav_malformed", "no fmt chunk before data");
      return { ...format, dataOffset: body, dataLength: length };
    }
    offset = body + length + (length & 1);
  }
  throw new MediaError("wav_malformed", "no data chunk");
}

/**
 * Reads a 16-bit PCM WAV into memory. A file shorter than its header says is read to its end.
 * @throws MediaError `wav_malformed`; the system's errors for a file that cannot be opened.
 */
export async function readWav(path: string): Promise<WavAudio> {
  const file = await readFile(path);
  const { channels, sampleRate, dataOffset, dataLength } = readLayout(file);
  const frames = Math.floor(Math.min(dataLength, file.length - dataOffset) / (channels * 2));
  const samples = Array.from({ length: channels }, () => new Int16Array(frames));
  for (const [channel, out] of samples.entries()) {
    for (let frame = 0; frame < frames; frame++) {
      out[frame] = file.readInt16LE(dataOffset + (frame * channels + channel) * 2);
    }
  }
  return { sampleRate, channels, samples };
}

/** Writes a 16-bit PCM WAV, mode 0600. Channels shorter than the longest end in silence. */
export async function writeWav(path: string, audio: Omit<WavAudio, "channels">): Promise<void> {
  const channels = audio.samples.length;
  const frames = Math.max(0, ...audio.samples.map((samples) => samples.length));
  const data = Buffer.alloc(frames * channels * 2);
  for (const [channel, samples] of audio.samples.entries()) {
    for (const [frame, sample] of samples.entries())
      data.writeInt16LE(sample, (frame * channels + channel) * 2);
  }
  const header = wavHeader({ sampleRate: audio.sampleRate, channels }, data.length);
  await writeFile(path, Buffer.concat([header, data]), { mode: 0o600 });
}

export interface WavRepair {
  seconds: number;
  /** Whether the header was wrong. */
  repaired: boolean;
}

/**
 * Makes the sizes in a recording's header fit the file, as after a crash; the samples are not touched.
 * Only the file's first 64 KiB are read, whatever its size.
 * @throws MediaError `wav_malformed` where there is no header to repair; the system's errors.
 */
export async function repairWav(path: string): Promise<WavRepair> {
  const file = await open(path, "r+");
  try {
    return await repair(file);
  } finally {
    await file.close();
  }
}

async function repair(file: FileHandle): Promise<WavRepair> {
  const { size } = await file.stat();
  const head = Buffer.alloc(Math.min(size, 65_536));
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  const layout = readLayout(head.subarray(0, bytesRead));
  const block = layout.channels * 2;
  const present = Math.min(size - layout.dataOffset, wavLongestData - layout.dataOffset);
  // Chunks may follow the samples in a file that is whole: such a file needs nothing.
  const riffLength = head.readUInt32LE(4);
  const whole = riffLength + 8 === size && layout.dataLength <= present && layout.dataLength % block === 0;
  const dataLength = whole ? layout.dataLength : present - (present % block);
  if (!whole) {
    const sizes = Buffer.alloc(4);
    sizes.writeUInt32LE(layout.dataOffset - 8 + dataLength);
    await file.write(sizes, 0, 4, 4);
    sizes.writeUInt32LE(dataLength);
    await file.write(sizes, 0, 4, layout.dataOffset - 4);
  }
  return { seconds: dataLength / block / layout.sampleRate, repaired: !whole };
}

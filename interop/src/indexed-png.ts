// Pictures of pages have few colours: with a palette a PNG takes a third of the bytes.
import { crc32, deflateSync } from "node:zlib";
import type { Page } from "playwright-core";

/** In a page, as a browser reads PNG: gives width, palette and an index a pixel. Rare colours become the nearest frequent one. */
const REDUCE = `async (base64) => {
  const blob = await (await fetch("data:image/png;base64," + base64)).blob();
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([pixel]) => pixel);
  const part = (pixel, shift) => (pixel >>> shift) & 255;
  const distance = (a, b) =>
    [0, 8, 16].reduce((sum, shift) => sum + (part(a, shift) - part(b, shift)) ** 2, 0);
  const indexOf = new Map(palette.map((pixel, index) => [pixel, index]));
  for (const pixel of counts.keys()) {
    if (indexOf.has(pixel)) continue;
    let best = 0;
    for (let index = 1; index < palette.length; index++) {
      if (distance(pixel, palette[index]) < distance(pixel, palette[best])) best = index;
    }
    indexOf.set(pixel, best);
  }
  const indices = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at++) indices[at] = indexOf.get(pixels[at]);
  let text = "";
  for (let at = 0; at < indices.length; at += 32768) text += String.fromCharCode(...indices.subarray(at, at + 32768));
  return { width: bitmap.width, height: bitmap.height, palette, indices: btoa(text) };
}`;

interface Reduced {
  width: number;
  height: number;
  /** 0xAABBGGRR each. */
  palette: number[];
  indices: string;
}

/** The same picture with at most 256 colours (PNG, W3C third edition, colour type 3). @param page any, at no address */
export async function indexedPng(page: Page, png: Buffer): Promise<Buffer> {
  const { width, height, palette, indices } = (await page.evaluate(
    `(${REDUCE})(${JSON.stringify(png.toString("base64"))})`,
  )) as Reduced;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(
    palette.flatMap((pixel) => [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255]),
  );
  const pixels = Buffer.from(indices, "base64");
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) pixels.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { DiskRecordings } from "./recording-files.ts";

test("recordings lie by the day of the call's start, and are named below the data folder", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "ringdown-files-"));
  try {
    const repaired: string[] = [];
    const faults: string[] = [];
    const files = new DiskRecordings({
      dataDir,
      repair: async (path) => {
        repaired.push(path);
        if (path.includes("broken")) throw new Error("no WAV");
      },
      onFault: (_error, path) => faults.push(path),
    });
    const { recording, messagePrefix } = files.paths("c1", "2026-11-23T23:59:59.999Z");
    assert.equal(recording, join(dataDir, "recordings/2026/11/23/c1.wav"));
    assert.equal(messagePrefix, join(dataDir, "recordings/2026/11/23/c1-message-"));
    assert.equal(await files.finished(recording, true), "recordings/2026/11/23/c1.wav");
    // Cut off before anything reached the disk: there is no recording.
    assert.equal(await files.finished(recording, false), null);
    const broken = files.paths("broken", "2026-11-23T00:00:00.000Z").recording;
    mkdirSync(dirname(recording), { recursive: true });
    for (const path of [recording, broken]) writeFileSync(path, "");
    assert.equal(await files.finished(recording, false), "recordings/2026/11/23/c1.wav");
    assert.equal(await files.finished(broken, false), null);
    assert.deepEqual(repaired, [recording, broken]);
    assert.deepEqual(faults, [broken]);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

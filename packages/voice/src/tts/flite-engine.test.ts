import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { VoiceError } from "../errors.ts";
import { FliteEngine, type SynthesisThread } from "./flite-engine.ts";
import { fliteVoiceOf, fliteVoices } from "./flite-voices.ts";
import type { SynthesisRequest } from "./flite-worker.ts";

class FakeThread extends EventEmitter implements SynthesisThread {
  readonly requests: SynthesisRequest[] = [];
  terminated = false;
  postMessage(request: SynthesisRequest): void {
    this.requests.push(request);
    this.emit("asked");
  }
  answer(): void {
    const request = this.requests.shift();
    if (request !== undefined)
      this.emit("message", { id: request.id, pcm: new Int16Array([request.text.length]) });
  }
  ref(): void {}
  unref(): void {}
  async terminate(): Promise<number> {
    this.terminated = true;
    this.emit("exit", 1);
    return 1;
  }
}

function fakeEngine(options: { timeoutMs?: number; maxPending?: number; idleMs?: number } = {}) {
  const threads: FakeThread[] = [];
  const engine = new FliteEngine({
    ...options,
    startThread: () => {
      const thread = new FakeThread();
      threads.push(thread);
      return thread;
    },
  });
  const thread = (index: number): FakeThread => {
    const found = threads[index];
    assert.ok(found);
    return found;
  };
  return { engine, threads, thread };
}

const withCode = (code: string) => (error: unknown) => error instanceof VoiceError && error.code === code;

test("the same phrase is made once, asked for twice at once or later", async () => {
  const { engine, threads, thread } = fakeEngine();
  const both = Promise.all([
    engine.synthesise("hello", "rms", 8000),
    engine.synthesise("hello", "rms", 8000),
  ]);
  assert.equal(thread(0).requests.length, 1);
  thread(0).answer();
  const [first, second] = await both;
  assert.equal(first, second);
  await engine.synthesise("hello", "rms", 8000);
  void engine.synthesise("hello", "awb", 8000).catch(() => undefined);
  assert.equal(thread(0).requests.length, 1, "another voice is another phrase");
  await engine.close();
  assert.equal(threads.length, 1);
});

test("a crash is survived: what waited is asked of a new thread, once", async () => {
  const { engine, threads, thread } = fakeEngine();
  const lucky = engine.synthesise("one", "rms", 8000);
  thread(0).emit("error", new Error("wasm trap"));
  thread(1).answer();
  assert.deepEqual(await lucky, new Int16Array([3]));
  const unlucky = engine.synthesise("two", "rms", 8000);
  thread(1).emit("exit", 1);
  thread(2).emit("exit", 1);
  await assert.rejects(unlucky, withCode("tts_failed"));
  const after = engine.synthesise("three", "rms", 8000);
  thread(3).answer();
  assert.deepEqual(await after, new Int16Array([5]));
  assert.equal(threads.length, 4);
  await engine.close();
});

test("a thread that is stuck is replaced, and what waited behind is made by the next", async () => {
  const { engine, thread } = fakeEngine({ timeoutMs: 20 });
  const stuck = engine.synthesise("stuck", "rms", 8000);
  await assert.rejects(stuck, withCode("tts_timeout"));
  assert.equal(thread(0).terminated, true);
  const next = engine.synthesise("next", "rms", 8000);
  thread(1).answer();
  assert.deepEqual(await next, new Int16Array([4]));
  await engine.close();
});

test("requests are bounded, and closing fails what waits", async () => {
  const { engine } = fakeEngine({ maxPending: 1 });
  const first = engine.synthesise("a", "rms", 8000);
  await assert.rejects(engine.synthesise("b", "rms", 8000), withCode("tts_failed"));
  const closing = engine.close();
  await assert.rejects(first, withCode("tts_failed"));
  await closing;
});

test("without work the thread is let go; the next text gets a new one", async () => {
  const { engine, thread, threads } = fakeEngine({ idleMs: 1 });
  const made = engine.synthesise("a", "rms", 8000);
  thread(0).answer();
  await made;
  // The timer is not to keep a process alive, so this one has to.
  const alive = setTimeout(() => undefined, 10_000);
  await once(thread(0), "exit");
  clearTimeout(alive);
  void engine.synthesise("b", "rms", 8000).catch(() => undefined);
  assert.equal(threads.length, 2);
  await engine.close();
});

test("flite itself speaks, with every voice, at the leg's rate", async () => {
  const engine = new FliteEngine();
  for (const voice of fliteVoices) {
    const narrow = await engine.synthesise("Hello, this is a test.", voice, 8000);
    const seconds = narrow.length / 8000;
    assert.ok(seconds > 0.8 && seconds < 4, `${voice}: ${seconds} s`);
    const level = Math.sqrt(narrow.reduce((sum, sample) => sum + sample * sample, 0) / narrow.length);
    assert.ok(level > 300 && level < 12_000, `${voice}: level ${level}`);
  }
  const wide = await engine.synthesise("Hello, this is a test.", "rms", 16_000);
  const narrow = await engine.synthesise("Hello, this is a test.", "rms", 8000);
  assert.equal(narrow.length, Math.round(wide.length / 2));
  await engine.close();
});

test("an agent's voice is one of flite's, or the default", () => {
  assert.equal(fliteVoiceOf("SLT"), "slt");
  assert.equal(fliteVoiceOf("alloy"), "rms");
  assert.equal(fliteVoiceOf(null), "rms");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { EchoSource } from "./audio.ts";

test("an echo gives frames back in order and stays near", () => {
  const echo = new EchoSource(2, 2);
  const frame = new Int16Array(2);
  assert.equal(echo.read(frame), false);
  echo.write(Int16Array.of(1, 1));
  assert.equal(echo.read(frame), true);
  assert.deepEqual([...frame], [1, 1]);
  for (let i = 2; i < 6; i++) echo.write(Int16Array.of(i, i));
  assert.equal(echo.read(frame), true);
  assert.deepEqual([...frame], [4, 4]);
  assert.equal(echo.read(frame), true);
  assert.deepEqual([...frame], [5, 5]);
  assert.equal(echo.read(frame), false);
});

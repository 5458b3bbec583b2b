import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateMos } from "./quality.ts";

test("a clean call scores 4.4, loss and delay cost what G.107 says, nothing leaves 1 to 4.5", () => {
  assert.ok(Math.abs(estimateMos(0, 60) - 4.39) < 0.05, `${estimateMos(0, 60)}`);
  assert.ok(estimateMos(5, 60) < 4 && estimateMos(5, 60) > 3);
  assert.ok(estimateMos(0, 400) < estimateMos(0, 150));
  for (const loss of [0, 50, 100]) {
    for (const delay of [0, 500, 5000]) {
      const mos = estimateMos(loss, delay);
      assert.ok(mos >= 1 && mos <= 4.5, `${loss} ${delay}: ${mos}`);
    }
  }
});

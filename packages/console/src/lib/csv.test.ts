import assert from "node:assert/strict";
import { test } from "node:test";
import { csvLine } from "./csv.ts";

test("cells are quoted where they have to be, and no formula comes of them", () => {
  assert.equal(
    csvLine(["+15125550100", 'say "hi", you', null, 3.5]),
    '+15125550100,"say ""hi"", you",,3.5\r\n',
  );
  assert.equal(
    csvLine(["=1+1", "+cmd|'x'!A1", "-1", "@x", "a\nb"]),
    "'=1+1,'+cmd|'x'!A1,'-1,'@x,\"a\nb\"\r\n",
  );
});

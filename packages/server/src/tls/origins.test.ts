import assert from "node:assert/strict";
import { test } from "node:test";
import { isAllowedOrigin } from "./origins.ts";

test("a page may open a WebSocket where its origin is listed, and a program that names none always", () => {
  const allowed = ["https://phone.example.com"];
  assert.ok(isAllowedOrigin(undefined, []));
  assert.ok(isAllowedOrigin("https://Phone.example.com", allowed));
  assert.ok(isAllowedOrigin("http://anywhere.example", ["*"]));
  for (const origin of ["https://phone.example.com.evil.example", "http://phone.example.com", "null", ""])
    assert.equal(isAllowedOrigin(origin, allowed), false, origin);
  assert.equal(isAllowedOrigin("https://phone.example.com", []), false);
});

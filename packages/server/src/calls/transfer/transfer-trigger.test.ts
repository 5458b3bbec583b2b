import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../errors.ts";
import { compileTrigger } from "./transfer-trigger.ts";

test('null means "yes", and hears a no', () => {
  const { judge } = compileTrigger(null);
  for (const text of ["Yes", "yeah, go ahead", "okay", "put him through"])
    assert.equal(judge(text), "take", text);
  for (const text of ["no", "Nope.", "not now"]) assert.equal(judge(text), "decline", text);
  for (const text of ["hello?", "yesterday", "no, yes", "", undefined]) assert.equal(judge(text), undefined);
});

test('"any" takes whatever is said, understood or not', () => {
  assert.equal(compileTrigger("any").judge(undefined), "take");
  assert.equal(compileTrigger("ANY").judge("hello"), "take");
});

test("an expression is looked for anywhere, without regard to case", () => {
  const { judge } = compileTrigger("\\b(ja|oui)\\b");
  assert.equal(judge("Oui, merci"), "take");
  assert.equal(judge("jawohl"), undefined);
  assert.equal(judge(undefined), undefined);
});

test("an expression that makes a backtracking engine run away is matched in linear time", () => {
  const { judge } = compileTrigger("^(a+)+$");
  assert.equal(judge(`${"a".repeat(5_000)}!`), "take", "what is beyond the looked-at part does not count");
  assert.equal(judge(`${"a".repeat(200)}!`), undefined);
});

test("what cannot be kept within bounds is refused with a reason", () => {
  for (const text of ["(", "(?=a)b", "(a)\\1", "", "a".repeat(201), "\\p{L}{1000}", "((a{30}){30})"]) {
    assert.throws(
      () => compileTrigger(text),
      (error) => error instanceof AppError && error.code === "validation_failed",
      text,
    );
  }
});

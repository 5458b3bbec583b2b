import assert from "node:assert/strict";
import { test } from "node:test";
import { meaningOf, spokenWords } from "../stt/phrase-grammar.ts";
import { testProfile } from "../testing/profiles.ts";
import { labelOf, menuPhrases, spokenMenu } from "./menu.ts";

test("a label is the wish inside the condition, else the name", () => {
  const label = (condition: string | undefined, name = "x") =>
    labelOf({ type: "say", name, text: "t", ...(condition === undefined ? {} : { condition }) });
  assert.equal(label("The caller wants to leave a message."), "leave a message");
  assert.equal(label("when the caller asks about opening hours"), "opening hours");
  assert.equal(label("sales"), "sales");
  assert.equal(label(undefined, "openingHours"), "opening Hours");
  assert.equal(label("", "sales_team"), "sales team");
});

test("only functions with a key are offered", () => {
  const profile = testProfile({
    functions: [
      { type: "say", name: "a", condition: "sales", key: "*", text: "t" },
      { type: "say", name: "b", condition: "support", text: "t" },
    ],
  });
  assert.equal(spokenMenu(profile), "For sales, press star.");
});

test("labels, names, keys and common words are listened for; the agent's own come first", () => {
  const profile = testProfile({
    functions: [{ type: "say", name: "desk", condition: "operator", key: "4", text: "The desk is closed." }],
  });
  const phrases = menuPhrases(profile);
  const meaning = (text: string) => meaningOf(text, phrases);
  assert.equal(meaning("operator please"), "function:desk");
  assert.equal(meaning("press four"), "function:desk");
  assert.equal(meaning("press 4"), "function:desk");
  assert.equal(meaning("five"), "key:5");
  assert.equal(meaning("say that again"), "repeat");
  assert.equal(meaning("no thanks"), "no");
  assert.equal(meaning("elephants"), undefined);
  assert.equal(new Set(phrases.map((phrase) => phrase.words)).size, phrases.length);
});

test("words are what a dictionary can be asked for", () => {
  assert.equal(spokenWords("Sales & Support (24/7)"), "sales and support two four seven");
  assert.equal(spokenWords("*** "), "");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNameAddr, parseUri } from "@ringdown/sip";
import { calledUser, callerNumber } from "./caller.ts";

const callers: [from: string, number: string | undefined][] = [
  ["<sip:+15125550100@example.com>;tag=1", "+15125550100"],
  ['"Anna" <sips:+4930123456@example.com>;tag=1', "+4930123456"],
  ["sip:+15125550100@example.com;tag=1", "+15125550100"],
  ["<sip:%2B15125550100@example.com>;tag=1", "+15125550100"],
  ["<sip:+15125550100;cpc=ordinary@example.com>;tag=1", "+15125550100"],
  ["<sip:+1-512-555-0100@example.com;user=phone>;tag=1", "+15125550100"],
  ["<tel:+1-(512)-555.0100>;tag=1", "+15125550100"],
  ["<sip:+1234567@h>;tag=1", "+1234567"],
  ["<sip:+123456789012345@h>;tag=1", "+123456789012345"],
  ["<sip:+1-512-555-0100@example.com>;tag=1", undefined],
  ["<sip:+123456@h>;tag=1", undefined],
  ["<sip:+1234567890123456@h>;tag=1", undefined],
  ["<sip:+05125550100@h>;tag=1", undefined],
  ["<sip:15125550100@h>;tag=1", undefined],
  ["<sip:0015125550100@h>;tag=1", undefined],
  ["<sip:1001@h>;tag=1", undefined],
  ["<sip:anonymous@anonymous.invalid>;tag=1", undefined],
  ['"+15125550100" <sip:anonymous@anonymous.invalid>;tag=1', undefined],
  ["<sip:example.com>;tag=1", undefined],
  ["<sip:+1512555010a@h>;tag=1", undefined],
  ["<sip:++15125550100@h>;tag=1", undefined],
  ["<tel:5550100;phone-context=+1512>;tag=1", undefined],
  ["<tel:+--------------------------------------------------------------1512555>;tag=1", undefined],
  ["<mailto:+15125550100@example.com>;tag=1", undefined],
];
for (const [from, number] of callers) {
  test(`From ${from} is ${number ?? "no E.164 number"}`, () => {
    assert.equal(callerNumber(parseNameAddr(from)), number);
  });
}

const called: [uri: string, user: string | undefined][] = [
  ["sip:demo@example.com", "demo"],
  ["sip:DEMO@example.com:5070;transport=tcp", "DEMO"],
  ["sip:d%65mo@example.com", "demo"],
  ["sip:+18335888432@example.com", "+18335888432"],
  ["sip:+1-833-588-8432;phone-context=x@example.com;user=phone", "+18335888432"],
  ["tel:+1-833-588-8432", "+18335888432"],
  ["sip:example.com", undefined],
  ["urn:service:sos", undefined],
];
for (const [uri, user] of called) {
  test(`${uri} asks for ${user ?? "nobody"}`, () => {
    assert.equal(calledUser(parseUri(uri)), user);
  });
}

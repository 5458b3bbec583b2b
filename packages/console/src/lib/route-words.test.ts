import assert from "node:assert/strict";
import { test } from "node:test";
import { routeWords } from "./route-words.ts";

const said = (text: string) => {
  const words = routeWords(text);
  return words.ok ? words.sentences.join(" ") : `${words.before}[${words.at}]${words.after}`;
};

test("a route is said in words, or where it goes wrong", () => {
  assert.equal(
    said("sip.example.com"),
    "Calls ask for a number at sip.example.com. They are sent by UDP, or what DNS says, to it, at the servers that its SRV records name, or else its address.",
  );
  assert.match(said("sip.example.com:6000;transport=tcp"), /by TCP to it, at its address, port 6000\.$/);
  assert.match(
    said("sip.example.com:6000;transport=tls;proxyAddress=192.0.2.1"),
    /by TLS to the proxy 192\.0\.2\.1, port 5061\. Port 6000 counts for nothing/,
  );
  assert.equal(said("sip.example.com;transport=sctp"), "sip.example.com;transport=[s]ctp");
  assert.equal(said("sip.example.com;"), "sip.example.com;[]");
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Flow, Listener } from "@ringdown/sip";
import { OwnAddresses, type OwnAddressesOptions } from "./own-address.ts";

const wildcards: Listener[] = [
  { protocol: "udp", host: "0.0.0.0", port: 5060 },
  { protocol: "udp", host: "::", port: 5070 },
  { protocol: "tcp", host: "0.0.0.0", port: 5080 },
];

function addresses(options: Partial<OwnAddressesOptions> & { listeners?: Listener[] } = {}): OwnAddresses {
  const { publicAddress } = options;
  const localAddressFor = (remote: string) => {
    if (remote.startsWith("10.")) return "10.0.0.7";
    if (remote.includes(":")) return "2001:db8::7";
    return publicAddress ?? "10.0.0.7";
  };
  return new OwnAddresses({
    bound: () => options.listeners ?? wildcards,
    localAddressFor,
    publicAddress,
    seenFrom: () => undefined,
    ...options,
  });
}

function flow(fields: Partial<Flow> = {}): Flow {
  return {
    ...{ transport: "udp", localAddress: "10.0.0.7", localPort: 5060 },
    ...{ remoteAddress: "192.0.2.1", remotePort: 5060 },
    ...fields,
  };
}

const seenFrom = () => ({ transport: "udp", host: "203.0.113.9", port: 34_567 });
const offer = (address: string) =>
  `v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP${address.includes(":") ? 6 : 4} ${address}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`;

describe("our own address", () => {
  test("is the one that the packet came to, with the listener's port", () => {
    assert.deepEqual(addresses().local(flow()), { host: "10.0.0.7", port: 5060 });
    assert.deepEqual(
      addresses().local(flow({ localAddress: "fe80::1%eth0", remoteAddress: "fe80::2%eth0" })),
      {
        ...{ host: "fe80::1", port: 5070 },
      },
    );
    const opened = flow({ transport: "tcp", localPort: 49_152, connectionId: 1 });
    assert.deepEqual(addresses().local(opened), { host: "10.0.0.7", port: 5080 });
  });

  test("before anything came is that of the listener which will send", () => {
    const to = (address: string) => ({ transport: "udp", address, port: 5060 }) as const;
    assert.deepEqual(addresses().local(to("192.0.2.1")), { host: "10.0.0.7", port: 5060 });
    assert.deepEqual(addresses().local(to("2001:db8::1")), { host: "2001:db8::7", port: 5070 });
    const listeners: Listener[] = [{ protocol: "udp", host: "127.0.0.5", port: 5090 }];
    assert.deepEqual(addresses({ listeners }).local(to("192.0.2.1")), { host: "127.0.0.5", port: 5090 });
    assert.equal(addresses({ listeners }).local({ ...to("192.0.2.1"), transport: "tcp" }).port, 5090);
  });

  test("is the configured one for those beyond our subnets", () => {
    const own = addresses({ publicAddress: "198.51.100.4" });
    assert.deepEqual(own.local(flow()), { host: "198.51.100.4", port: 5060 });
    assert.deepEqual(own.local(flow({ remoteAddress: "10.0.0.9" })), { host: "10.0.0.7", port: 5060 });
  });
});

describe("the address that a registrar has told us", () => {
  test("is in the Contact towards it, by the transport that it was seen by", () => {
    const own = addresses({ seenFrom });
    assert.deepEqual(own.signalling(flow()), { host: "203.0.113.9", port: 34_567 });
    assert.deepEqual(own.signalling(flow({ transport: "tcp" })), { host: "10.0.0.7", port: 5080 });
    assert.deepEqual(own.local(flow()), { host: "10.0.0.7", port: 5060 }, "what REGISTER compares with");
  });

  test("is in the SDP, whatever the transport, unless another was configured", () => {
    assert.equal(addresses({ seenFrom }).media(flow(), offer("192.0.2.8")), "203.0.113.9");
    assert.equal(addresses({ seenFrom }).media(flow({ transport: "tcp" }), undefined), "203.0.113.9");
    const configured = addresses({ seenFrom, publicAddress: "198.51.100.4" });
    assert.equal(configured.media(flow(), offer("192.0.2.8")), "198.51.100.4");
  });
});

test("the SDP's address is of the family that the offer wants", () => {
  assert.equal(addresses().media(flow(), offer("192.0.2.8")), "10.0.0.7");
  assert.equal(addresses().media(flow(), offer("2001:db8::8")), "2001:db8::7");
  assert.equal(addresses({ seenFrom }).media(flow(), offer("2001:db8::8")), "2001:db8::7");
  assert.equal(addresses().media(flow(), "rubbish"), "10.0.0.7");
});

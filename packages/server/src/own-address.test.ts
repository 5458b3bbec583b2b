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
    seenBy: () => undefined,
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

const router = { host: "203.0.113.9", port: 34_567 };
const seenBy: OwnAddressesOptions["seenBy"] = ({ transport, address, port }) =>
  `${transport} ${address} ${port}` === "udp 192.0.2.1 5060" ? router : undefined;
const offer = (address: string) =>
  `v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP${address.includes(":") ? 6 : 4} ${address}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`;

describe("our own address", () => {
  test("is the one that the packet came to, with the listener's port", () => {
    assert.deepEqual(addresses().listening(flow()), { host: "10.0.0.7", port: 5060 });
    assert.deepEqual(
      addresses().listening(flow({ localAddress: "fe80::1%eth0", remoteAddress: "fe80::2%eth0" })),
      {
        ...{ host: "fe80::1", port: 5070 },
      },
    );
    const opened = flow({ transport: "tcp", localPort: 49_152, connectionId: 1 });
    assert.deepEqual(addresses().listening(opened), { host: "10.0.0.7", port: 5080 });
  });

  test("before anything came is that of the listener which will send", () => {
    const to = (address: string) => ({ transport: "udp", address, port: 5060 }) as const;
    assert.deepEqual(addresses().listening(to("192.0.2.1")), { host: "10.0.0.7", port: 5060 });
    assert.deepEqual(addresses().listening(to("2001:db8::1")), { host: "2001:db8::7", port: 5070 });
    const listeners: Listener[] = [{ protocol: "udp", host: "127.0.0.5", port: 5090 }];
    assert.deepEqual(addresses({ listeners }).listening(to("192.0.2.1")), { host: "127.0.0.5", port: 5090 });
    assert.equal(addresses({ listeners }).listening({ ...to("192.0.2.1"), transport: "tcp" }).port, 0);
    assert.equal(addresses({ listeners }).signalling(flow({ transport: "tcp", localPort: 0 })).port, 5090);
  });

  test("is the configured one for those beyond our subnets", () => {
    const own = addresses({ publicAddress: "198.51.100.4" });
    assert.deepEqual(own.listening(flow()), { host: "198.51.100.4", port: 5060 });
    assert.deepEqual(own.listening(flow({ remoteAddress: "10.0.0.9" })), { host: "10.0.0.7", port: 5060 });
  });
});

describe("the address that a registrar has told us", () => {
  test("is in the Contact towards it, and nowhere else", () => {
    const own = addresses({ seenBy });
    assert.deepEqual(own.signalling(flow()), router);
    assert.deepEqual(own.signalling(flow({ remotePort: 5070 })), { host: "10.0.0.7", port: 5060 });
    assert.deepEqual(own.signalling(flow({ transport: "tcp" })), { host: "10.0.0.7", port: 5080 });
    assert.deepEqual(own.listening(flow()), { host: "10.0.0.7", port: 5060 }, "what REGISTER compares with");
  });

  test("is in the SDP of its calls, unless another was configured", () => {
    assert.equal(addresses().media(flow(), offer("192.0.2.8"), router), "203.0.113.9");
    const configured = addresses({ publicAddress: "198.51.100.4" });
    assert.equal(configured.media(flow(), offer("192.0.2.8"), router), "198.51.100.4");
  });
});

test("by a transport that nobody listens by, the port is that of our connection", () => {
  const opened = flow({ transport: "tls", localPort: 49_152, connectionId: 1 });
  assert.deepEqual(addresses().signalling(opened), { host: "10.0.0.7", port: 49_152 });
  assert.deepEqual(addresses().listening(opened), { host: "10.0.0.7", port: 0 });
});

test("the SDP's address is of the family that the offer wants", () => {
  assert.equal(addresses().media(flow(), offer("192.0.2.8")), "10.0.0.7");
  assert.equal(addresses().media(flow(), offer("2001:db8::8")), "2001:db8::7");
  assert.equal(addresses().media(flow(), offer("2001:db8::8"), router), "2001:db8::7");
  assert.equal(addresses().media(flow(), "rubbish"), "10.0.0.7");
});

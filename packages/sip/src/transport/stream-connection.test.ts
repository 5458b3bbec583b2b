import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { defaultTransportSettings, newCounters } from "./options.ts";
import { StreamConnection } from "./stream-connection.ts";

/** A socket that is connected to nothing and keeps what is written. */
class SilentSocket extends Socket {
  readonly written: string[] = [];
  override write(chunk: unknown): boolean {
    this.written.push(String(chunk));
    return true;
  }
}

test("all pings of one chunk are answered by one write", () => {
  const socket = new SilentSocket();
  const counters = newCounters();
  new StreamConnection(
    {
      id: 1,
      transport: "tcp",
      inbound: true,
      remoteAddress: "192.0.2.9",
      remotePort: 5060,
      context: {
        settings: defaultTransportSettings,
        counters,
        receive: () => {},
        connectionClosed: () => {},
        unreadable: () => {},
        localAddressFor: () => "192.0.2.1",
      },
      onClosed: () => {},
    },
    { socket },
  );
  socket.emit("data", Buffer.from("\r\n\r\n".repeat(5_000)));
  assert.deepEqual(socket.written, ["\r\n".repeat(5_000)]);
  assert.equal(counters.keepalives, 5_000);
  socket.emit("data", Buffer.from("\r\n\r\n"));
  assert.deepEqual(socket.written.slice(1), ["\r\n"]);
  socket.destroy();
});

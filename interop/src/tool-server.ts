// An operator's own HTTP server, as the functions of his agents ask it, with every fault that one can have.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ToolRequest {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface ToolServer {
  readonly asked: readonly ToolRequest[];
  /** `http://127.0.0.1:…`, without a slash at its end. */
  readonly url: string;
  readonly host: string;
  close(): Promise<void>;
}

const json = { "Content-Type": "application/json" };

type Answer = (response: ServerResponse, request: ToolRequest) => void;

const answers: Record<string, Answer> = {
  orders: (response, { url }) => {
    const number = url.split("/").at(-1);
    response.writeHead(200, json).end(`{ "order": "${number}",\n "state": "shipped" }`);
  },
  echo: (response, request) => void response.writeHead(200, json).end(JSON.stringify(request)),
  slow: (response) => {
    const timer = setTimeout(() => response.writeHead(200, json).end('{"state":"shipped"}'), 3_500);
    response.on("close", () => clearTimeout(timer));
  },
  // What hangs is let go by who asks.
  hang: () => undefined,
  broken: (response) => void response.writeHead(500).end("the database of orders is down"),
  missing: (response) => void response.writeHead(404, json).end('{"error":"no such order"}'),
  away: (response) => void response.writeHead(302, { Location: "/orders/1" }).end(),
  huge: (response) => {
    response.writeHead(200, { "Content-Type": "text/plain" });
    const more = (): void => {
      if (!response.destroyed) response.write("x".repeat(64 * 1024), more);
    };
    more();
  },
  page: (response) => void response.writeHead(200, json).end("<p>not JSON at all</p>"),
  picture: (response) => void response.writeHead(200, { "Content-Type": "image/png" }).end(Buffer.alloc(64)),
  cut: (response) => {
    response.writeHead(200, { ...json, "Content-Length": "1000" }).write('{"order":');
    setImmediate(() => response.destroy());
  },
};

export async function toolServer(): Promise<ToolServer> {
  const asked: ToolRequest[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, body };
    asked.push(one);
    const name = url.split(/[/?]/)[1] ?? "";
    const answer = answers[name];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response, one);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ asked, host, url: `http://${host}` },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

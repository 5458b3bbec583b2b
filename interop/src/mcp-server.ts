// A server of the Model Context Protocol, made with the protocol's own library: today's protocol without sessions at `/today`, that of
// 2025 with sessions at `/sessions`, and faults beside.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

export interface ShopServer {
  /** `http://127.0.0.1:…`, without a slash at its end. */
  readonly url: string;
  readonly host: string;
  /** Headers of all that was asked, oldest first. */
  readonly asked: readonly { method: string; path: string; headers: IncomingMessage["headers"] }[];
  /** Sessions that stand open now. */
  readonly sessions: number;
  /** Sessions that were begun. */
  readonly begun: number;
  close(): Promise<void>;
}

function shop(): McpServer {
  const server = new McpServer({ name: "shop", version: "1.0.0" });
  const basket: string[] = [];
  const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] });
  const Item = z.object({ item: z.string().describe("What is bought") });
  server.registerTool("order", { description: "Tells how an order stands.", inputSchema: Item }, ({ item }) =>
    text(`${item} is on its way`),
  );
  server.registerTool("add", { description: "Puts into the basket.", inputSchema: Item }, ({ item }) => {
    basket.push(item);
    return text(`In the basket: ${basket.join(", ")}`);
  });
  server.registerTool("refuse", { description: "Fails." }, () => ({
    ...text("the shop is closed"),
    isError: true,
  }));
  server.registerTool("picture", { description: "Shows it." }, () => ({
    content: [{ type: "image", data: "aGk=", mimeType: "image/png" }],
  }));
  server.registerTool("hang", { description: "Never answers." }, () => new Promise(() => undefined));
  server.registerTool("secret", { description: "Says what it was sent." }, (context) =>
    text(`You sent ${context.http?.req?.headers.get("authorization")}`),
  );
  return server;
}

export async function shopServer(): Promise<ShopServer> {
  const asked: { method: string; path: string; headers: IncomingMessage["headers"] }[] = [];
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  let begun = 0;
  const today = toNodeHandler(createMcpHandler(shop));
  const inSession = async (): Promise<NodeStreamableHTTPServerTransport> => {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        begun++;
        sessions.set(id, transport);
      },
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await shop().connect(transport);
    return transport;
  };
  const server = createServer(async (request, response) => {
    const { method = "", headers } = request;
    const path = request.url?.split("?")[0] ?? "";
    asked.push({ method, path, headers });
    if (path === "/today") await today(Object.assign(request, { method, url: path }), response);
    else if (path === "/sessions") {
      const known = sessions.get(String(headers["mcp-session-id"]));
      if (known === undefined && headers["mcp-session-id"] !== undefined) response.writeHead(404).end();
      else await (known ?? (await inSession())).handleRequest(request, response);
    } else if (path === "/away") {
      const location = `/today/${encodeURIComponent(headers.authorization ?? "")}`;
      response.writeHead(302, { Location: location }).end();
    } else if (path === "/page") response.writeHead(200, { "Content-Type": "text/html" }).end("<p>Hello</p>");
    else if (path === "/closed") response.writeHead(401).end("no");
    else if (path !== "/hang") response.writeHead(500).end("broken");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ asked, host, url: `http://${host}` },
    get sessions() {
      return sessions.size;
    },
    get begun() {
      return begun;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

// Only what the benchmark calls of packages that bring no types for it.
declare module "sip" {
  interface ParsedUri {
    user?: string;
    host?: string;
  }
  interface ParsedAddress {
    uri: string;
    params: Record<string, string | undefined>;
  }
  interface ParsedMessage {
    headers: {
      via: { protocol: string; host: string; port?: number; params: Record<string, string | undefined> }[];
      from: ParsedAddress;
      to: ParsedAddress;
      cseq: { seq: number; method: string };
      contact?: ParsedAddress[];
      "call-id": string;
    };
  }
  export function parse(bytes: Buffer): ParsedMessage;
  export function stringify(message: ParsedMessage): string;
  export function parseUri(uri: string): ParsedUri;
}
declare module "jssip/lib/Parser.js" {
  interface Address {
    uri: { user: string; host: string };
    getParam(name: string): string;
  }
  interface ParsedMessage {
    via_branch: string;
    from_tag: string;
    to_tag: string;
    cseq: number;
    call_id: string;
    parseHeader(name: string): Address | undefined;
    toString(): string;
  }
  export function parseMessage(text: string, ua: unknown): ParsedMessage;
}

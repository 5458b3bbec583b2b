import { SaxesParser } from "saxes";

/** Calls of somebody who is watched (busy lamp), RFC 4235 §4.1. */
export interface DialogInfo {
  /** Grows with each notification: one that is lower is out of date. */
  readonly version: number;
  /** `partial`: dialogs that are not named stay as they were. */
  readonly state: "full" | "partial";
  /** URI of who is watched. */
  readonly entity: string;
  readonly dialogs: readonly WatchedDialog[];
}

export interface WatchedDialog {
  /** Names the dialog among those of the entity. */
  readonly id: string;
  readonly callId: string | undefined;
  readonly localTag: string | undefined;
  readonly remoteTag: string | undefined;
  readonly direction: "initiator" | "recipient" | undefined;
  /** `trying`, `proceeding`, `early`, `confirmed`, `terminated`, or an extension; lower case. */
  readonly state: string;
  /** What led to the state: `cancelled`, `rejected`, `replaced`, `local-bye`, `remote-bye`, `error`, `timeout`. */
  readonly event: string | undefined;
  /** The SIP status that did. */
  readonly code: number | undefined;
  readonly local: WatchedParty;
  readonly remote: WatchedParty;
}

export interface WatchedParty {
  /** URI, as written. */
  readonly identity: string | undefined;
  readonly displayName: string | undefined;
  /** URI of the target, as written. */
  readonly target: string | undefined;
}

type Changing<T> = { -readonly [Name in keyof T]: T[Name] };
type Party = Changing<WatchedParty>;
type Watched = Changing<Omit<WatchedDialog, "local" | "remote">> & {
  readonly local: Party;
  readonly remote: Party;
};

/** Characters; a message's body is no longer. */
const longestBody = 65_536;
const maxDialogs = 256;
const maxDepth = 16;
/** Characters of one element's text, or of one attribute. */
const longestText = 1_024;

/**
 * A body of `application/dialog-info+xml`; undefined where it is none, or no well-formed XML. Namespace prefixes are not looked
 * at: some PBXs use one that they do not declare. No entity is expanded but XML's own five, and a document type declaration,
 * which no peer has use for, is refused.
 */
export function parseDialogInfo(body: Buffer): DialogInfo | undefined {
  if (body.length > longestBody) return undefined;
  const reader = new Reader();
  const parser = new SaxesParser();
  parser.on("error", () => reader.refuse());
  parser.on("doctype", () => reader.refuse());
  parser.on("opentag", ({ name, attributes }) => reader.open(localName(name), attributes));
  parser.on("text", (text) => reader.text(text));
  parser.on("cdata", (text) => reader.text(text));
  parser.on("closetag", () => reader.close());
  parser.write(body.toString("utf8")).close();
  return reader.result;
}

class Reader {
  #isRefused = false;
  readonly #path: string[] = [];
  #text = "";
  #root: Omit<DialogInfo, "dialogs"> | undefined;
  readonly #dialogs: Watched[] = [];
  #dialog: Watched | undefined;

  get result(): DialogInfo | undefined {
    return this.#isRefused || this.#root === undefined
      ? undefined
      : { ...this.#root, dialogs: this.#dialogs };
  }

  refuse(): void {
    this.#isRefused = true;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#path.length >= maxDepth) this.refuse();
    if (this.#isRefused) return;
    this.#path.push(name);
    this.#text = "";
    const attribute = (wanted: string) => attributeOf(attributes, wanted);
    switch (this.#path.join(" ")) {
      case "dialog-info":
        this.#root = {
          version: numberOf(attribute("version")) ?? 0,
          state: attribute("state") === "partial" ? "partial" : "full",
          entity: attribute("entity") ?? "",
        };
        return;
      case "dialog-info dialog":
        this.#begin(attribute);
        return;
      case "dialog-info dialog state":
        if (this.#dialog === undefined) return;
        this.#dialog.event = attribute("event");
        this.#dialog.code = numberOf(attribute("code"));
        return;
      case "dialog-info dialog local identity":
      case "dialog-info dialog remote identity":
        if (this.#party !== undefined) this.#party.displayName = attribute("display");
        return;
      case "dialog-info dialog local target":
      case "dialog-info dialog remote target":
        if (this.#party !== undefined) this.#party.target = attribute("uri");
    }
  }

  text(text: string): void {
    if (this.#text.length < longestText) this.#text += text.slice(0, longestText - this.#text.length);
  }

  close(): void {
    if (this.#isRefused) return;
    const text = this.#text.trim();
    switch (this.#path.join(" ")) {
      case "dialog-info dialog":
        if (this.#dialog !== undefined) this.#dialogs.push(this.#dialog);
        this.#dialog = undefined;
        break;
      case "dialog-info dialog state":
        if (this.#dialog !== undefined) this.#dialog.state = text.toLowerCase();
        break;
      case "dialog-info dialog local identity":
      case "dialog-info dialog remote identity":
        if (this.#party !== undefined && text !== "") this.#party.identity = text;
    }
    this.#path.pop();
    this.#text = "";
  }

  /** That of the element that is open. */
  get #party(): Party | undefined {
    return this.#path[2] === "local" ? this.#dialog?.local : this.#dialog?.remote;
  }

  #begin(attribute: (name: string) => string | undefined): void {
    const id = attribute("id");
    if (id === undefined || this.#dialogs.length >= maxDialogs) return;
    const direction = attribute("direction");
    this.#dialog = {
      ...{
        id,
        callId: attribute("call-id"),
        localTag: attribute("local-tag"),
        remoteTag: attribute("remote-tag"),
      },
      direction: direction === "initiator" || direction === "recipient" ? direction : undefined,
      ...{ state: "", event: undefined, code: undefined },
      local: { identity: undefined, displayName: undefined, target: undefined },
      remote: { identity: undefined, displayName: undefined, target: undefined },
    };
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function attributeOf(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return value === undefined || value.length > longestText ? undefined : value;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

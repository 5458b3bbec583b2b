import type { CallToolResult } from "@modelcontextprotocol/client";
import { type FunctionOutcome, toldOf } from "./http-result.ts";

type Content = CallToolResult["content"][number];

/** What a model is told of a tool's answer: its words. What is no text is named, so that it is not missed. */
export function outcomeOf({ content, structuredContent, isError }: CallToolResult): FunctionOutcome {
  const failed = isError === true;
  const words = content
    .map(textOf)
    .filter((text) => text !== "")
    .join("\n");
  const text =
    words === "" && structuredContent !== undefined ? JSON.stringify(structuredContent) : words.trim();
  if (failed) return { output: `It failed: ${toldOf(text || "the server does not say why", true)}`, failed };
  if (text === "") return { output: "It is done; there was no answer beside.", failed };
  return { output: toldOf(text, false), failed };
}

function textOf(part: Content): string {
  switch (part.type) {
    case "text":
      return part.text.trim();
    case "resource":
      return "text" in part.resource ? part.resource.text.trim() : `(a file: ${part.resource.uri})`;
    case "resource_link":
      return `(a link: ${part.title ?? part.name})`;
    case "image":
      return "(a picture, which cannot be read out)";
    case "audio":
      return "(a recording, which cannot be played here)";
  }
}

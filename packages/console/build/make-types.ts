// Makes the types of the API from its OpenAPI document: `npm run types -w packages/console`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiDocument } from "@ringdown/server/api-document";
import openapiTS, { astToString } from "openapi-typescript";
import { consoleFolder } from "./source-hash.ts";

const HEAD = "// Made from the OpenAPI document by build/make-types.ts: not to be edited.\n\n";
const PREFIX = "/api/v2";
/** What no page shows. */
const LEFT_OUT = ["/tasks", "/agent/outboundCall"];

interface Operation {
  responses: Record<string, unknown>;
  summary?: string;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** The text of `src/api/schema.d.ts` as the API is now. */
export async function makeTypes(): Promise<string> {
  const document = shortened((await apiDocument()) as Document);
  const ast = await openapiTS(JSON.stringify(document), { defaultNonNullable: false });
  return HEAD + astToString(ast);
}

/** Without what is the same everywhere: failures have one form, which stands once. */
function shortened(document: Document): Document {
  const paths: Document["paths"] = {};
  for (const [path, operations] of Object.entries(document.paths)) {
    if (!path.startsWith(`${PREFIX}/`) || LEFT_OUT.some((left) => path.startsWith(PREFIX + left))) continue;
    paths[path] = Object.fromEntries(
      Object.entries(operations)
        .filter(([method]) => method !== "head")
        .map(([method, { responses, ...operation }]) => {
          const good = Object.entries(responses).filter(([status]) => status.startsWith("2"));
          return [method, { ...operation, responses: { ...Object.fromEntries(good), default: FAILURE } }];
        }),
    );
  }
  return { ...document, paths, ...{ components: { responses: { Failure: failure } } } };
}

const FAILURE = { $ref: "#/components/responses/Failure" };
const properties = {
  success: { const: false },
  code: { type: "string" },
  message: { type: "string" },
};
const failure = {
  description: "It failed",
  content: {
    "application/json": { schema: { type: "object", properties, required: Object.keys(properties) } },
  },
};

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(consoleFolder, "src/api/schema.d.ts"), await makeTypes());
}

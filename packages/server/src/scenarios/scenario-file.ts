// A file of scenarios: what a caller says to an agent, and what must hold. YAML, checked before anything is asked of a model.
import { type Static, type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";
import { type Document, LineCounter, parseDocument } from "yaml";
import { explain, type SchemaShape } from "../api/explain.ts";
import { AgentCreate } from "../api/schemas.ts";
import { AppError } from "../errors.ts";
import { E164_PATTERN } from "../store/agent-fields.ts";

/** Characters. */
const MOST_TEXT = 1_000_000;
const Text = Type.String({ minLength: 1, maxLength: 4_000 });
const OneOrMore = Type.Union([Text, Type.Array(Text, { minItems: 1, maxItems: 20 })]);
const Closed = { additionalProperties: false } as const;

const CalledFunction = Type.Union([
  Text,
  Type.Object({ name: Text, arguments: Type.Optional(Type.Record(Type.String(), Type.Unknown())) }, Closed),
]);

const Expectation = Type.Object(
  {
    says: Type.Optional(OneOrMore),
    saysNot: Type.Optional(OneOrMore),
    matches: Type.Optional(OneOrMore),
    calls: Type.Optional(
      Type.Union([CalledFunction, Type.Array(CalledFunction, { minItems: 1, maxItems: 20 }), Type.Null()]),
    ),
    outcome: Type.Optional(Type.Enum(["open", "transferred", "ended"])),
    judge: Type.Optional(OneOrMore),
  },
  Closed,
);

const Turn = Type.Object(
  {
    caller: Type.Optional(Type.String({ minLength: 1, maxLength: 20_000 })),
    greeting: Type.Optional(Type.Literal(true)),
    expect: Type.Optional(Expectation),
  },
  Closed,
);

const Scenario = Type.Object(
  {
    name: Text,
    from: Type.Optional(Type.String({ pattern: E164_PATTERN })),
    context: Type.Optional(Type.String({ maxLength: 20_000 })),
    taskContext: Type.Optional(Type.String({ maxLength: 20_000 })),
    turns: Type.Array(Turn, { minItems: 1, maxItems: 100 }),
  },
  Closed,
);

const AgentFields = Type.Object(Type.Partial(AgentCreate).properties, Closed);

const File = Type.Object(
  {
    agent: Type.Union([Text, AgentFields]),
    scenarios: Type.Array(Scenario, { minItems: 1, maxItems: 1_000 }),
  },
  Closed,
);

/** What must hold of one answer of the agent. Texts are looked for in any case. */
export type Expectation = Static<typeof Expectation>;

export interface ScenarioTurn {
  /** What the caller says; undefined: the agent greets. */
  caller: string | undefined;
  expect: Expectation;
  /** Where it stands in the file, from 1. */
  line: number;
}

export interface Scenario {
  name: string;
  from?: string;
  context?: string;
  taskContext?: string;
  turns: ScenarioTurn[];
}

export interface ScenarioFile {
  /** Fields of an agent as the API has them, or the name of one of the node. */
  agent: Partial<Static<typeof AgentCreate>> | string;
  scenarios: Scenario[];
}

const schema = Compile(File);

/** @param name of the file, for messages @throws AppError validation_failed, with file and line */
export function parseScenarios(name: string, text: string): ScenarioFile {
  const fault = (line: number, what: string): never => {
    throw new AppError("validation_failed", `${name}:${line}: ${what}`);
  };
  if (text.length > MOST_TEXT) fault(1, "the file is too long.");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 100 } as object);
  const [error] = document.errors;
  if (error !== undefined)
    fault(
      lines.linePos(error.pos[0]).line,
      firstLine(error.message).replace(/ at line \d+, column \d+:$/, "."),
    );
  const lineOf = (path: readonly (string | number)[]): number => lineAt(document, lines, path);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (!schema.Check(value)) {
    const sentence = explain(File as unknown as SchemaShape, value, "file", (part, given) =>
      Value.Check(part as TSchema, given),
    );
    // It begins with where that is, such as "scenarios[0].turns[1].expect.says".
    const [path = ""] = /^[a-z]\w*(?:\.\w+|\[\d+\])*/i.exec(sentence) ?? [];
    const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
    fault(lineOf(steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step))), sentence);
  }
  const file = value as Static<typeof File>;
  return {
    agent: file.agent,
    scenarios: file.scenarios.map((scenario, index) => ({
      ...scenario,
      turns: scenario.turns.map(({ caller, greeting, expect = {} }, at) => {
        const line = lineOf(["scenarios", index, "turns", at]);
        if ((caller === undefined) !== (greeting === true))
          fault(line, 'a turn has what the caller says ("caller"), or is the greeting ("greeting: true").');
        if (greeting === true && at > 0) fault(line, "only the first turn can be the greeting.");
        for (const pattern of [expect.matches ?? []].flat()) {
          try {
            new RegExp(pattern, "iu");
          } catch (error) {
            fault(line, `${JSON.stringify(pattern)} is no regular expression: ${(error as Error).message}.`);
          }
        }
        return { caller, expect, line };
      }),
    })),
  };
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}

/** The line of a node, or of the nearest above it that is there. */
function lineAt(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

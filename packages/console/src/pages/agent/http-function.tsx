import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { secretsQuery } from "../../api/queries.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const EXAMPLE = `{
  "type": "object",
  "properties": { "order": { "type": "string", "description": "Its number" } },
  "required": ["order"]
}`;

export interface RequestProps {
  value: Record<string, unknown> & { name: string };
  /** An empty field that may be left out is left out. */
  put: (name: string, value: unknown) => void;
  text: (name: string) => string;
}

/** A function that asks a server of the operator's own. */
export function HttpFields({ value, put, text }: RequestProps) {
  return (
    <>
      <Textarea
        label="What it does and answers"
        description="The model chooses it by this"
        required
        autosize
        minRows={2}
        value={text("description")}
        onChange={({ currentTarget }) => put("description", currentTarget.value)}
      />
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Select
          label="Method"
          data={METHODS}
          allowDeselect={false}
          value={text("method") === "" ? "GET" : text("method")}
          onChange={(method) => put("method", method === "GET" ? "" : method)}
        />
        <LongestWait value={value} put={put} />
      </SimpleGrid>
      <TextInput
        label="Address"
        required
        description="{name} stands for a parameter that is required; others go along by themselves"
        placeholder="https://crm.example.com/orders/{order}"
        spellCheck={false}
        value={text("url")}
        onChange={({ currentTarget }) => put("url", currentTarget.value)}
      />
      <Parameters value={value.parameters} set={(next) => put("parameters", next)} />
      <RequestHeaders value={value} put={put} />
    </>
  );
}

export function LongestWait({ value, put }: Pick<RequestProps, "value" | "put">) {
  return (
    <NumberInput
      label="Longest wait"
      suffix=" s"
      min={1}
      max={30}
      placeholder="10 s"
      value={typeof value.timeout === "number" ? value.timeout : ""}
      onChange={(seconds) => put("timeout", typeof seconds === "number" ? seconds : undefined)}
    />
  );
}

/** With the secrets that may stand in them. */
export function RequestHeaders({ value, put }: Pick<RequestProps, "value" | "put">) {
  const { data: secrets = [] } = useQuery(secretsQuery);
  const names = secrets.map(({ name }) => `{{secret:${name}}}`).join(", ");
  return (
    <>
      <Headers
        value={(value.headers ?? {}) as Record<string, string>}
        set={(next) => put("headers", Object.keys(next).length === 0 ? undefined : next)}
      />
      <Text size="xs" c="dimmed">
        {names === ""
          ? "Keys belong into secrets (Settings → Developer), which are sent to their hosts alone."
          : `Secrets to send along: ${names}. Each goes to its hosts alone.`}
      </Text>
    </>
  );
}

/** Why a text is no JSON schema of an object; undefined: it is one. */
export function schemaProblem(text: string): string | undefined {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    return "It has to be an object.";
  if ((schema as { type?: unknown }).type !== "object") return 'Its "type" has to be "object".';
  return undefined;
}

/** What is typed stays typed; what can be read is taken. */
function Parameters({ value, set }: { value: unknown; set: (value: unknown) => void }) {
  const [typed, setTyped] = useState(value === undefined ? "" : JSON.stringify(value, null, 2));
  const problem = typed.trim() === "" ? undefined : schemaProblem(typed);
  return (
    <Textarea
      label="Parameters"
      description="JSON schema: what the model has to find out, and what that is checked by"
      placeholder={EXAMPLE}
      autosize
      minRows={3}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      value={typed}
      error={problem}
      onChange={({ currentTarget }) => {
        const next = currentTarget.value;
        setTyped(next);
        if (next.trim() === "") set(undefined);
        else if (schemaProblem(next) === undefined) set(JSON.parse(next));
      }}
    />
  );
}

function Headers({
  value,
  set,
}: {
  value: Record<string, string>;
  set: (value: Record<string, string>) => void;
}) {
  const [rows, setRows] = useState(Object.entries(value));
  const change = (next: [string, string][]) => {
    setRows(next);
    set(Object.fromEntries(next.filter(([name]) => name !== "")));
  };
  return (
    <Stack gap="xs" role="group" aria-label="Headers">
      {rows.map(([name, content], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names change while they are typed.
        <Group key={index} gap="xs" align="flex-end" wrap="nowrap">
          <TextInput
            label="Header"
            placeholder="Authorization"
            spellCheck={false}
            value={name}
            onChange={({ currentTarget }) =>
              change(rows.map((row, at) => (at === index ? [currentTarget.value, row[1]] : row)))
            }
          />
          <TextInput
            label="Value"
            placeholder="Bearer {{secret:crm}}"
            spellCheck={false}
            style={{ flex: 1 }}
            value={content}
            onChange={({ currentTarget }) =>
              change(rows.map((row, at) => (at === index ? [row[0], currentTarget.value] : row)))
            }
          />
          <ActionIcon
            variant="subtle"
            color="red"
            size="lg"
            aria-label={`Remove the header ${name}`}
            onClick={() => change(rows.filter((_, at) => at !== index))}
          >
            <Trash2 size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<Plus size={14} />}
          onClick={() => setRows([...rows, ["", ""]])}
        >
          Add a header
        </Button>
      </Group>
    </Stack>
  );
}

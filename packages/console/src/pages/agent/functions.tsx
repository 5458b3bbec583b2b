import {
  ActionIcon,
  Button,
  Code,
  Group,
  Menu,
  NumberInput,
  Paper,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { ArrowDown, ArrowUp, Plus, Trash2, Wrench } from "lucide-react";
import type { AgentFunction } from "../../api/types.ts";
import { Empty, Section } from "../../components/page.tsx";
import type { AgentForm } from "./editor.tsx";
import { HttpFields } from "./http-function.tsx";
import { McpFields } from "./mcp-function.tsx";

type Fields = Record<string, unknown> & { type: string; name: string };
type Editable = "say" | "takeMessage" | "transfer" | "sendDtmf" | "http" | "mcp" | "endCall";

const KINDS: Record<Editable, { label: string; fresh: Fields }> = {
  say: { label: "Say something", fresh: { type: "say", name: "hours", text: "" } },
  takeMessage: { label: "Take a message", fresh: { type: "takeMessage", name: "message" } },
  transfer: {
    label: "Put the caller through",
    fresh: { type: "transfer", name: "transfer", destination: "" },
  },
  sendDtmf: { label: "Send digits", fresh: { type: "sendDtmf", name: "digits", digits: "" } },
  http: {
    label: "Ask a server (by models)",
    fresh: { type: "http", name: "lookup", description: "", url: "" },
  },
  mcp: { label: "Tools of an MCP server (by models)", fresh: { type: "mcp", name: "tools", url: "" } },
  endCall: { label: "End the call", fresh: { type: "endCall", name: "goodbye" } },
};

const isEditable = (type: string): type is Editable => type in KINDS;

/** What the agent can do in a call: by a key or words of the attendant's menu, or as a model's tool. */
export function FunctionsPart({ form }: { form: AgentForm }) {
  const functions = form.values.functions as Fields[];
  const set = (next: Fields[]) => form.setFieldValue("functions", next as AgentFunction[]);
  const add = (kind: Editable) => {
    const { fresh } = KINDS[kind];
    const names = new Set(functions.map(({ name }) => name.toLowerCase()));
    let name = fresh.name;
    for (let count = 2; names.has(name.toLowerCase()); count++) name = `${fresh.name} ${count}`;
    set([...functions, { ...fresh, name }]);
  };
  const move = (from: number, to: number) => {
    const next = [...functions];
    next.splice(to, 0, ...next.splice(from, 1));
    set(next);
  };
  const adder = (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" leftSection={<Plus size={14} />}>
          Add a function
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(KINDS).map(([kind, { label }]) => (
          <Menu.Item key={kind} onClick={() => add(kind as Editable)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
  return (
    <Section
      title="Functions"
      about="What the agent can do in a call. In the attendant's menu a key or the words choose one, in this order."
      actions={adder}
    >
      {functions.length === 0 ? (
        <Empty icon={Wrench} title="No function yet">
          The agent greets and listens. Add what callers can choose: hear something, leave a message, be put
          through.
        </Empty>
      ) : (
        <Stack>
          {functions.map((one, index) => (
            <FunctionCard
              // biome-ignore lint/suspicious/noArrayIndexKey: names change while they are typed.
              key={index}
              value={one}
              others={functions.filter((other) => other !== one).map(({ name }) => name)}
              set={(next) => set(functions.map((other) => (other === one ? next : other)))}
              remove={() => set(functions.filter((other) => other !== one))}
              up={index === 0 ? undefined : () => move(index, index - 1)}
              down={index === functions.length - 1 ? undefined : () => move(index, index + 1)}
            />
          ))}
        </Stack>
      )}
    </Section>
  );
}

function FunctionCard({
  value,
  others,
  set,
  remove,
  up,
  down,
}: {
  value: Fields;
  others: string[];
  set: (value: Fields) => void;
  remove: () => void;
  up: (() => void) | undefined;
  down: (() => void) | undefined;
}) {
  const text = (name: string) => (typeof value[name] === "string" ? (value[name] as string) : "");
  /** An empty field that may be left out is left out. */
  const put = (name: string, next: unknown) => {
    const { [name]: _, ...rest } = value;
    set(next === undefined || next === "" ? (rest as Fields) : { ...value, [name]: next });
  };
  const { type } = value;
  return (
    <Paper withBorder p="md" role="group" aria-label={`Function ${value.name}`}>
      <Group justify="space-between" mb="sm">
        <Text fw={600}>{isEditable(type) ? KINDS[type].label : type}</Text>
        <Group gap={4}>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={up === undefined}
            onClick={up}
            aria-label={`Move ${value.name} up`}
          >
            <ArrowUp size={16} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={down === undefined}
            onClick={down}
            aria-label={`Move ${value.name} down`}
          >
            <ArrowDown size={16} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="red" onClick={remove} aria-label={`Remove ${value.name}`}>
            <Trash2 size={16} />
          </ActionIcon>
        </Group>
      </Group>
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput
            label="Name"
            required
            value={value.name}
            onChange={({ currentTarget }) => set({ ...value, name: currentTarget.value })}
          />
          <TextInput
            label="Key"
            placeholder="none"
            maxLength={1}
            value={text("key")}
            onChange={({ currentTarget }) => put("key", currentTarget.value)}
          />
          <TextInput
            label="When"
            placeholder="to leave a message"
            value={text("condition")}
            onChange={({ currentTarget }) => put("condition", currentTarget.value)}
          />
        </SimpleGrid>
        {type === "say" ? (
          <Textarea
            label="What it says"
            required
            autosize
            minRows={2}
            value={text("text")}
            onChange={({ currentTarget }) => set({ ...value, text: currentTarget.value })}
          />
        ) : null}
        {type === "takeMessage" ? (
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <Textarea
              label="What it says before the tone"
              autosize
              value={text("prompt")}
              onChange={({ currentTarget }) => put("prompt", currentTarget.value)}
            />
            <NumberInput
              label="Longest message"
              suffix=" s"
              min={1}
              max={600}
              value={typeof value.maxSeconds === "number" ? value.maxSeconds : ""}
              onChange={(seconds) => put("maxSeconds", typeof seconds === "number" ? seconds : undefined)}
            />
          </SimpleGrid>
        ) : null}
        {type === "transfer" ? (
          <TransferFields value={value} others={others} set={set} put={put} text={text} />
        ) : null}
        {type === "sendDtmf" ? (
          <TextInput
            label="Digits"
            required
            placeholder="12#"
            value={text("digits")}
            onChange={({ currentTarget }) => set({ ...value, digits: currentTarget.value })}
          />
        ) : null}
        {type === "endCall" ? (
          <Textarea
            label="Last words"
            autosize
            value={text("farewell")}
            onChange={({ currentTarget }) => put("farewell", currentTarget.value)}
          />
        ) : null}
        {type === "http" ? <HttpFields value={value} put={put} text={text} /> : null}
        {type === "mcp" ? <McpFields value={value} put={put} text={text} /> : null}
        {isEditable(type) ? null : (
          <>
            <Text size="sm" c="dimmed">
              This kind is set up by the API; here it stays as it is.
            </Text>
            <Code block>{JSON.stringify(value, null, 2)}</Code>
          </>
        )}
      </Stack>
    </Paper>
  );
}

function TransferFields({
  value,
  others,
  set,
  put,
  text,
}: {
  value: Fields;
  others: string[];
  set: (value: Fields) => void;
  put: (name: string, next: unknown) => void;
  text: (name: string) => string;
}) {
  const { destination } = value;
  const destinations = Array.isArray(destination)
    ? (destination as string[])
    : destination === ""
      ? []
      : [String(destination)];
  return (
    <>
      <TagsInput
        label="To whom"
        required
        description="+15125550199, ext:1002, sip:user@host or an agent; the next is tried where one cannot be had. Press Enter after each."
        value={destinations}
        onChange={(next) => set({ ...value, destination: next.length === 1 ? next[0] : next })}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Textarea
          label="Told to who answers, alone"
          autosize
          value={text("transferNotification")}
          onChange={({ currentTarget }) => put("transferNotification", currentTarget.value)}
        />
        <TextInput
          label="Where nobody can be had"
          description="The name of another function"
          list="functions"
          value={text("fallback")}
          onChange={({ currentTarget }) => put("fallback", currentTarget.value)}
        />
      </SimpleGrid>
      <datalist id="functions">
        {others.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

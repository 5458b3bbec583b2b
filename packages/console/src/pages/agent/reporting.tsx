import {
  ActionIcon,
  Button,
  Group,
  Paper,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { ClipboardList, Plus, Trash2 } from "lucide-react";
import type { Agent } from "../../api/types.ts";
import { Empty, Section } from "../../components/page.tsx";
import type { AgentForm } from "./editor.tsx";

type Field = Agent["reportingFields"][number];

const KINDS = [
  { value: "text", label: "Words" },
  { value: "number", label: "A number" },
  { value: "boolean", label: "Yes or no" },
  { value: "choices", label: "One of these" },
];

/** `Wants a call back` as a key: wants_a_call_back. */
function keyOf(label: string, taken: ReadonlySet<string>): string {
  const base =
    label
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "_")
      .replaceAll(/^[^a-z]+|_+$/g, "")
      .slice(0, 60) || "field";
  let key = base;
  for (let count = 2; taken.has(key); count++) key = `${base}_${count}`;
  return key;
}

/** What a model writes down of each call, beside its summary. */
export function ReportingPart({ form }: { form: AgentForm }) {
  const fields = form.values.reportingFields;
  const set = (next: Field[]) => form.setFieldValue("reportingFields", next);
  const change = (index: number, next: Field) =>
    set(fields.map((field, at) => (at === index ? next : field)));
  const add = () => {
    const taken = new Set(fields.map(({ key }) => key));
    set([...fields, { key: keyOf("field", taken), label: "", values: { kind: "text" } }]);
  };
  return (
    <Section
      title="Written down after each call"
      about="Of agents by models: what the report and the webhook have beside summary and outcome."
      actions={
        <Button size="xs" leftSection={<Plus size={14} />} onClick={add}>
          Add a field
        </Button>
      }
    >
      {fields.length === 0 ? (
        <Empty icon={ClipboardList} title="No field yet">
          Add what you want to know of each call: what it was about, whether somebody is to call back.
        </Empty>
      ) : (
        <Stack>
          {fields.map((field, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: keys change while labels are typed.
            <Paper key={index} withBorder p="md" role="group" aria-label={`Field ${field.label}`}>
              <Stack gap="sm">
                <Group align="flex-end" wrap="nowrap">
                  <TextInput
                    label="What"
                    required
                    placeholder="Wants a call back"
                    description={`${field.key} in the webhook`}
                    style={{ flex: 1 }}
                    value={field.label}
                    onChange={({ currentTarget: { value: label } }) => {
                      const others = new Set(fields.filter((_, at) => at !== index).map(({ key }) => key));
                      // A key that was chosen by hand stays.
                      const isOwn = field.key === keyOf(field.label === "" ? "field" : field.label, others);
                      change(index, { ...field, label, ...(isOwn && { key: keyOf(label, others) }) });
                    }}
                  />
                  <ActionIcon
                    variant="subtle"
                    color="red"
                    size="lg"
                    aria-label={`Remove ${field.label}`}
                    onClick={() => set(fields.filter((_, at) => at !== index))}
                  >
                    <Trash2 size={16} />
                  </ActionIcon>
                </Group>
                <SimpleGrid cols={{ base: 1, sm: 2 }}>
                  <Select
                    label="Answer"
                    data={KINDS}
                    allowDeselect={false}
                    value={field.values.kind}
                    onChange={(kind) =>
                      change(index, {
                        ...field,
                        values:
                          kind === "choices"
                            ? { kind, choices: [] }
                            : { kind: kind as "text" | "number" | "boolean" },
                      })
                    }
                  />
                  <TextInput
                    label="For the model"
                    placeholder="What exactly is to be written"
                    value={field.instructions ?? ""}
                    onChange={({ currentTarget: { value } }) => {
                      const { instructions: _, ...rest } = field;
                      change(index, value === "" ? rest : { ...rest, instructions: value });
                    }}
                  />
                </SimpleGrid>
                {field.values.kind === "choices" ? (
                  <TagsInput
                    label="Choices"
                    description="Press Enter after each"
                    value={field.values.choices}
                    onChange={(choices) => change(index, { ...field, values: { kind: "choices", choices } })}
                  />
                ) : null}
              </Stack>
            </Paper>
          ))}
        </Stack>
      )}
    </Section>
  );
}

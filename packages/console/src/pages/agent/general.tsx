import { Select, SimpleGrid, Stack, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Section } from "../../components/page.tsx";
import type { AgentForm } from "./editor.tsx";
import { MODES } from "./modes.ts";

const LANGUAGES = [
  { value: "en-US", label: "English (US)" },
  { value: "es-MX", label: "Spanish (Mexico)" },
  { value: "es-ES", label: "Spanish (Spain)" },
  { value: "es-US", label: "Spanish (US)" },
  { value: "multi", label: "Several, as the caller speaks" },
];

/** A name that may be left to the first provider that has a key. */
function ModelName({
  form,
  name,
  ...texts
}: {
  form: AgentForm;
  name: "agentModel" | "agentModelFallback" | "agentSttEngine" | "agentS2SEngine";
  label: string;
  description: string;
  placeholder: string;
}) {
  return (
    <TextInput
      {...texts}
      spellCheck={false}
      value={form.values[name] ?? ""}
      onChange={({ currentTarget: { value } }) => form.setFieldValue(name, value === "" ? null : value)}
    />
  );
}

function ModelFields({ form }: { form: AgentForm }) {
  const isRealtime = form.values.mode === "realtime";
  return (
    <>
      <Text size="sm">
        Keys of providers are set in <Link to="/settings/models">Settings → Models</Link>; left empty, the
        first one that has a key is used.
      </Text>
      {isRealtime ? (
        <ModelName
          form={form}
          name="agentS2SEngine"
          label="Realtime model"
          description="A provider, or provider/model: it hears and speaks. Where it fails, those below go on"
          placeholder="openai/gpt-realtime"
        />
      ) : null}
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <ModelName
          form={form}
          name="agentModel"
          label="Language model"
          description="provider/model"
          placeholder="openai/gpt-4.1-mini"
        />
        <ModelName
          form={form}
          name="agentModelFallback"
          label="Where that one fails"
          description="provider/model"
          placeholder="none"
        />
        <ModelName
          form={form}
          name="agentSttEngine"
          label="Who listens"
          description="A provider, or provider/model"
          placeholder="deepgram"
        />
      </SimpleGrid>
    </>
  );
}

export function GeneralPart({ form }: { form: AgentForm }) {
  return (
    <>
      <Section title="Who it is">
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label="Username"
              description="Part of its SIP URI"
              required
              spellCheck={false}
              {...form.getInputProps("username")}
            />
            <TextInput label="Title" description="For you" {...form.getInputProps("title")} />
          </SimpleGrid>
          <TagsInput
            label="Phone numbers"
            description="In E.164 form, such as +15125550100: calls to them are this agent's. Press Enter after each."
            splitChars={[",", " ", ";"]}
            {...form.getInputProps("phoneNumbers")}
          />
          <Textarea label="Description" autosize minRows={1} {...form.getInputProps("description")} />
        </Stack>
      </Section>
      <Section title="What it says and does">
        <Stack>
          <Select label="Mode" allowDeselect={false} data={MODES} {...form.getInputProps("mode")} />
          <Textarea
            label="Greeting"
            description="The first that a caller hears"
            autosize
            minRows={2}
            maxRows={8}
            {...form.getInputProps("welcomeMessage")}
          />
          <Textarea
            label="Instructions"
            description="What a language model is told of its task; the attendant has no use for them"
            autosize
            minRows={4}
            maxRows={20}
            {...form.getInputProps("agentInstructions")}
          />
          {form.values.mode === "pipeline" || form.values.mode === "realtime" ? (
            <ModelFields form={form} />
          ) : null}
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Select
              label="Language"
              allowDeselect={false}
              data={LANGUAGES}
              {...form.getInputProps("agentLang")}
            />
            <TextInput
              label="Voice"
              placeholder="the usual one, or openai/alloy"
              spellCheck={false}
              value={form.values.agentVoice ?? ""}
              onChange={({ currentTarget: { value } }) =>
                form.setFieldValue("agentVoice", value === "" ? null : value)
              }
            />
            <TextInput
              label="Time zone"
              placeholder="America/Chicago"
              spellCheck={false}
              {...form.getInputProps("timezone")}
            />
          </SimpleGrid>
        </Stack>
      </Section>
    </>
  );
}

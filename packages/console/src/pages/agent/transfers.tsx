import { Select, Stack, Switch, TextInput } from "@mantine/core";
import { Section } from "../../components/page.tsx";
import { Amount } from "./amount.tsx";
import type { AgentForm } from "./editor.tsx";

/** How callers are put through to people. */
export function TransfersPart({ form }: { form: AgentForm }) {
  return (
    <Section title="Transfers">
      <Stack>
        <Select
          label="How"
          allowDeselect={false}
          data={[
            { value: "bridge", label: "by a call of its own, joined with the caller's" },
            { value: "refer", label: "by REFER: the caller's side calls itself" },
          ]}
          {...form.getInputProps("transferMode")}
        />
        {form.values.transferMode === "refer" ? (
          <Switch
            label="Where the caller's side cannot, a call of its own"
            {...form.getInputProps("transferReferFallback", { type: "checkbox" })}
          />
        ) : null}
        <Select
          label="Meanwhile the caller hears"
          allowDeselect={false}
          data={[
            { value: "ringback", label: "the ringing of his country" },
            { value: "music", label: "music" },
          ]}
          {...form.getInputProps("transferAudio")}
        />
        <Switch
          label="The agent stays with the caller until who answers says that he takes the call"
          {...form.getInputProps("attendedTransfers", { type: "checkbox" })}
        />
        {form.values.attendedTransfers ? (
          <TextInput
            label="What he has to say"
            description="Left empty: yes; “any”: any word; else a regular expression"
            spellCheck={false}
            value={form.values.attendedTransferBridgeTrigger ?? ""}
            onChange={({ currentTarget: { value } }) =>
              form.setFieldValue("attendedTransferBridgeTrigger", value === "" ? null : value)
            }
          />
        ) : (
          <Switch
            label="Who answers has to press 1 to take the call"
            {...form.getInputProps("confirmTransfers", { type: "checkbox" })}
          />
        )}
        {form.values.confirmTransfers || form.values.attendedTransfers ? (
          <Amount form={form} name="transferConfirmTimeout" label="Time for that" unit="s" min={5} />
        ) : null}
        <Switch
          label="The agent goes on listening after it has put the caller through"
          {...form.getInputProps("monitorTransfers", { type: "checkbox" })}
        />
        <Switch
          label="The other side may send its end of a call on (REFER, Replaces)"
          {...form.getInputProps("acceptTransfers", { type: "checkbox" })}
        />
        <Switch
          label="Who answers sees the agent's number, not the caller's"
          {...form.getInputProps("useAgentNumberForTransfers", { type: "checkbox" })}
        />
      </Stack>
    </Section>
  );
}

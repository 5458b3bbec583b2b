import { Select, SimpleGrid, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { Section } from "../../components/page.tsx";
import { Amount } from "./amount.tsx";
import type { AgentForm } from "./editor.tsx";
import { ReportingPart } from "./reporting.tsx";
import { TransfersPart } from "./transfers.tsx";

export function TurnsPart({ form }: { form: AgentForm }) {
  return (
    <>
      <Section title="Taking turns">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Amount
            form={form}
            name="speakingTimeout"
            label="Pause that ends a turn"
            unit="ms"
            about="Between words of the caller"
          />
          <Amount
            form={form}
            name="speechProcessingDelay"
            label="Pause where it sounds finished"
            unit="ms"
            min={200}
            about="Of an agent by models"
          />
          <Amount
            form={form}
            name="interruptionWordCount"
            label="Words that interrupt"
            about="So many words of the caller stop the agent"
          />
          <Amount
            form={form}
            name="interruptionMinimumSpeakingTime"
            label="Not interrupted for"
            unit="s"
            about="So long the agent speaks first"
          />
          <Amount
            form={form}
            name="callerResponseTimeout"
            label="Silence before it asks"
            unit="s"
            min={1}
            about="“Are you still there?”"
          />
          <Amount
            form={form}
            name="callerResponseTimeoutHangupCounter"
            label="Such questions before it hangs up"
            about="0: never"
          />
          <Amount
            form={form}
            name="waitOnAnswer"
            label="Pause before the first word"
            unit="ms"
            about="After the answer"
          />
        </SimpleGrid>
      </Section>
      <Section title="Calls">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Amount
            form={form}
            name="preAnswerRingTime"
            label="Rings for"
            unit="s"
            min={1}
            none="answers at once"
          />
          <Amount form={form} name="maxCallDuration" label="Longest call" unit="s" min={10} none="no limit" />
          <Amount form={form} name="maxConcurrentCalls" label="Calls at once" none="no limit" />
          <Amount
            form={form}
            name="waitToGreetTimeout"
            label="Waits for the first words of who is called"
            unit="s"
            min={1}
          />
        </SimpleGrid>
      </Section>
      <Section title="When a machine answers its call">
        <Stack>
          <Select
            label="It"
            allowDeselect={false}
            data={[
              { value: "continue", label: "talks on" },
              { value: "hangUp", label: "hangs up" },
              { value: "leaveMessage", label: "leaves a message after the beep" },
            ]}
            {...form.getInputProps("onMachine")}
          />
          {form.values.onMachine === "leaveMessage" ? (
            <Textarea
              label="Message"
              description="Left empty: the greeting"
              autosize
              minRows={2}
              {...form.getInputProps("machineMessage")}
            />
          ) : null}
        </Stack>
      </Section>
      <TransfersPart form={form} />
      <ReportingPart form={form} />
      <Section title="Recording">
        <Stack>
          <Switch label="Record calls" {...form.getInputProps("recording", { type: "checkbox" })} />
          {form.values.recording ? (
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Select
                label="Callers are told"
                allowDeselect={false}
                data={[
                  { value: "always", label: "always" },
                  { value: "true", label: "where their number may require it" },
                  { value: "false", label: "never" },
                ]}
                {...form.getInputProps("autoRecordingNotification")}
              />
              <TextInput label="By these words" {...form.getInputProps("recordingNotificationPhrase")} />
            </SimpleGrid>
          ) : null}
        </Stack>
      </Section>
    </>
  );
}

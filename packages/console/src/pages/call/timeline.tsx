import { Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { Call } from "../../api/types.ts";
import { Section } from "../../components/page.tsx";
import { words } from "../../lib/format.ts";

type Step = Call["timeline"][number];

/** Steps that say more in other words. */
const SAID: Record<string, string> = {
  invite_received: "INVITE received",
  ringing_sent: "Ringing sent (180)",
  answer_sent: "Answered (200)",
  ack_received: "ACK received",
  bye_received: "BYE received: the other side hung up",
  bye_sent: "BYE sent",
  reinvite_received: "re-INVITE received",
  listened_to: "Somebody listens",
  media_secured: "Keys agreed with the browser",
  media_not_secured: "No keys agreed with the browser",
  media_first_packet: "First audio packet received",
  key: "Key pressed",
  dtmf_received: "Key received",
  call_placed: "Call placed",
  dialling: "INVITE sent",
  progress: "Progress",
};

const SHOWN_AT_FIRST = 40;

/** Each step of the call, from its beginning. */
export function Timeline({ call }: { call: Call }) {
  const [isWhole, setWhole] = useState(false);
  const start = Date.parse(call.startedAt);
  const steps = isWhole ? call.timeline : call.timeline.slice(0, SHOWN_AT_FIRST);
  return (
    <Section title="Timeline">
      <Table aria-label="Timeline" verticalSpacing={4} withRowBorders={false}>
        <Table.Tbody>
          {steps.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no id, and stay in their order.
            <Table.Tr key={index} style={{ verticalAlign: "top" }}>
              <Table.Td w={90} ta="right" c="dimmed" style={{ fontVariantNumeric: "tabular-nums" }}>
                {((Date.parse(String(step.at)) - start) / 1000).toFixed(2)} s
              </Table.Td>
              <Table.Td>
                <Text size="sm">{SAID[String(step.type)] ?? words(String(step.type))}</Text>
                <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  {details(step)}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {steps.length < call.timeline.length ? (
        <Button mt="sm" size="xs" variant="default" onClick={() => setWhole(true)}>
          All {call.timeline.length} steps
        </Button>
      ) : null}
    </Section>
  );
}

function details(step: Step): string {
  return Object.entries(step)
    .filter(([name, value]) => !["type", "at"].includes(name) && value !== undefined && value !== null)
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(" · ");
}

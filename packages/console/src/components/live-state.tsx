import { Badge, Group, Text } from "@mantine/core";
import type { Call, Registration } from "../api/types.ts";
import { words } from "../lib/format.ts";

const STATES: Record<Registration["state"], string> = {
  registered: "teal",
  registering: "blue",
  rejected: "red",
  unreachable: "red",
  unregistered: "gray",
};

/** Said in words too: colours alone tell some people nothing. */
export function RegistrationState({ state }: { state: Registration["state"] }) {
  return (
    <Badge color={STATES[state]} variant="light">
      {words(state)}
    </Badge>
  );
}

const CALL_STATES: Record<Call["state"], string> = { ringing: "yellow", active: "teal", ended: "gray" };

export function CallState({ call }: { call: Pick<Call, "state" | "endCode" | "answeredAt"> }) {
  if (call.state !== "ended") {
    return (
      <Badge color={CALL_STATES[call.state]} variant="light">
        {words(call.state)}
      </Badge>
    );
  }
  return (
    <Badge color={call.answeredAt === null ? "orange" : "gray"} variant="light">
      {words(call.endCode ?? "ended")}
    </Badge>
  );
}

/** Who and whom, as an arrow. */
export function Parties({ call }: { call: Pick<Call, "from" | "to"> }) {
  return (
    <Group gap={6} wrap="wrap">
      <Text span fw={500} style={{ overflowWrap: "anywhere" }}>
        {call.from}
      </Text>
      <Text span c="dimmed" aria-label="to">
        →
      </Text>
      <Text span style={{ overflowWrap: "anywhere" }}>
        {call.to}
      </Text>
    </Group>
  );
}

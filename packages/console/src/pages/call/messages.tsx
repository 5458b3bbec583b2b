import { Group, Stack, Text } from "@mantine/core";
import type { Call } from "../../api/types.ts";
import { Section } from "../../components/page.tsx";
import { Time } from "../../components/time.tsx";
import { duration } from "../../lib/format.ts";

/** What the caller left. */
export function Messages({ messages }: { messages: Call["messages"] }) {
  if (messages.length === 0) return null;
  return (
    <Section title={messages.length === 1 ? "A message" : `${messages.length} messages`}>
      <Stack>
        {messages.map(({ at, seconds, recording }) => (
          <Group key={recording} gap="sm">
            <Text size="sm">
              <Time at={at} /> · {duration(seconds)}
            </Text>
            {/* biome-ignore lint/a11y/useMediaCaption: nobody wrote down what was said. */}
            <audio
              src={new URL(recording, window.location.href).pathname}
              controls
              preload="none"
              style={{ flex: "1 1 14rem" }}
              aria-label={`Message of ${at}`}
            />
          </Group>
        ))}
      </Stack>
    </Section>
  );
}

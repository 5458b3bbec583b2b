import { Badge, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { agentsQuery } from "../../api/queries.ts";
import type { Call } from "../../api/types.ts";
import { Section } from "../../components/page.tsx";

/** What the agent's language model wrote of the call after its end. */
export function Report({ report, agentId }: { report: Call["report"]; agentId: string }) {
  const { data: agents = [] } = useQuery(agentsQuery);
  if (report === null) return null;
  const { summary, outcome, collectedData, error } = report;
  const fields = agents.find(({ id }) => id === agentId)?.reportingFields ?? [];
  const labelOf = (key: string) => fields.find((field) => field.key === key)?.label ?? key;
  return (
    <Section title="What came of it">
      <Stack>
        {error === undefined ? null : (
          <Text size="sm" c="dimmed">
            There is no summary: {error}
          </Text>
        )}
        {outcome === null && summary === null ? null : (
          <Stack gap="xs">
            {outcome === null || outcome === "" ? null : (
              <Group>
                <Badge variant="light" tt="none" style={{ height: "auto", whiteSpace: "normal" }}>
                  {outcome}
                </Badge>
              </Group>
            )}
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {summary}
            </Text>
          </Stack>
        )}
        {Object.keys(collectedData).length === 0 ? null : (
          <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="md">
            {Object.entries(collectedData).map(([key, value]) => (
              <div key={key}>
                <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  {labelOf(key)}
                </Text>
                <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                  {value === null
                    ? "not said"
                    : value === true
                      ? "yes"
                      : value === false
                        ? "no"
                        : String(value)}
                </Text>
              </div>
            ))}
          </SimpleGrid>
        )}
      </Stack>
    </Section>
  );
}

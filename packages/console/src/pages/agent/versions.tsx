import { Button, Group, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { api, ask } from "../../api/client.ts";
import { agentQuery, agentVersionQuery, agentVersionsQuery, queryClient } from "../../api/queries.ts";
import type { Agent, AgentVersion } from "../../api/types.ts";
import { Confirmed } from "../../components/confirm.tsx";
import { Empty, Failed, Loaded, Loading, Older, Section } from "../../components/page.tsx";
import { useMayChange } from "../../components/session.tsx";
import { Time } from "../../components/time.tsx";
import { told } from "../../components/told.ts";
import { fieldName } from "../../lib/format.ts";

const Differences = lazy(async () => ({ default: (await import("./differences.tsx")).Differences }));

type Listed = Omit<AgentVersion, "settings">;

/** What the agent was at each change. */
export function Versions({ agent }: { agent: Agent }) {
  const versions = useInfiniteQuery(agentVersionsQuery(agent.id));
  return (
    <Section title="Versions" about="What was in force from each change on. The last 100 are kept.">
      <Loaded query={versions} what="the versions">
        {({ pages }) => {
          const all: Listed[] = pages.flatMap((page) => page.versions);
          if (all.length === 0)
            return (
              <Empty icon={History} title="No version yet">
                The first change from here on makes one, and keeps what there was before it.
              </Empty>
            );
          return (
            <Stack gap="md">
              <Stack component="ul" gap="md" className="plain-list" aria-label="Versions">
                {all.map((version, index) => (
                  <Version key={version.number} agent={agent} version={version} isNewest={index === 0} />
                ))}
              </Stack>
              <Older query={versions}>Older versions</Older>
            </Stack>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Version({ agent, version, isNewest }: { agent: Agent; version: Listed; isNewest: boolean }) {
  const mayChange = useMayChange();
  const [isOpen, setOpen] = useState(false);
  const { number, at, by, changed } = version;
  const restore = async () => {
    const path = { id: agent.id, number: String(number) };
    const answer = await ask(api.POST("/api/v2/agents/{id}/versions/{number}/restore", { params: { path } }));
    queryClient.setQueryData(agentQuery(agent.id).queryKey, answer.agent);
    told(`It is again as in version ${number}.`);
  };
  return (
    <li>
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Text size="sm" fw={600}>
            Version {number}
            {isNewest ? ", in force" : ""}
          </Text>
          <Text size="sm" c="dimmed" component="div">
            <Time at={at} />
            {by === "" ? "" : ` by ${by}`}
            {changed.length === 0 ? "" : `: ${changed.map(fieldName).join(", ")}`}
          </Text>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? "Hide" : "What differs"}
          </Button>
          {mayChange && !isNewest ? (
            <Confirmed
              title={`Back to version ${number}?`}
              verb="Restore"
              act={restore}
              button={(open) => (
                <Button size="xs" variant="default" onClick={open} aria-label={`Restore version ${number}`}>
                  Restore
                </Button>
              )}
            >
              The agent is again what it was then, but for its name and numbers, from the next call on. What
              it is now stays among the versions.
            </Confirmed>
          ) : null}
        </Group>
      </Group>
      {isOpen ? <FromBefore agent={agent} version={version} /> : null}
    </li>
  );
}

/** Of a version and the one before it, where that is still kept. */
function FromBefore({ agent, version: { number } }: { agent: Agent; version: Listed }) {
  const after = useQuery(agentVersionQuery(agent.id, number));
  const before = useQuery({ ...agentVersionQuery(agent.id, number - 1), enabled: number > 1, retry: false });
  if (after.error !== null) return <Failed error={after.error} />;
  if (after.data === undefined || (number > 1 && before.isPending)) return <Loading what="the version" />;
  if (before.data === undefined)
    return (
      <Text size="sm" c="dimmed" mt="xs">
        There is none before it to compare it with.
      </Text>
    );
  return (
    <div style={{ marginTop: "0.5rem" }}>
      <Suspense fallback={<Loading what="the comparison" />}>
        <Differences before={before.data.settings} after={after.data.settings} />
      </Suspense>
    </div>
  );
}

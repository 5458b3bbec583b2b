import { ActionIcon, Badge, Button, Grid, Group, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { MessageSquareText, Phone, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { api, ask } from "../api/client.ts";
import { agentDraftQuery, agentQuery, agentsQuery, queryClient, registrationQuery } from "../api/queries.ts";
import type { Agent } from "../api/types.ts";
import { Confirmed } from "../components/confirm.tsx";
import { CopyText } from "../components/copy-text.tsx";
import { RegistrationState } from "../components/live-state.tsx";
import { Loaded, Loading, PageHeader } from "../components/page.tsx";
import { useMayChange } from "../components/session.tsx";
import { told } from "../components/told.ts";
import { Draft } from "./agent/draft.tsx";
import { AgentEditor } from "./agent/editor.tsx";
import { RegistrationTab } from "./agent/registration.tsx";

const Versions = lazy(async () => ({ default: (await import("./agent/versions.tsx")).Versions }));
const Softphone = lazy(async () => ({ default: (await import("./agent/softphone.tsx")).Softphone }));
const Chat = lazy(async () => ({ default: (await import("./agent/chat.tsx")).Chat }));
const route = getRouteApi("/inside/agents/$id");

export function AgentPage() {
  const { id } = route.useParams();
  const agent = useQuery(agentQuery(id));
  return (
    <Loaded query={agent} what="the agent">
      {(one) => <OneAgent key={one.id} agent={one} />}
    </Loaded>
  );
}

function OneAgent({ agent }: { agent: Agent }) {
  const { tab = "general", talk = false } = route.useSearch();
  const navigate = useNavigate();
  const mayChange = useMayChange();
  const [beside, setBeside] = useState<"chat" | "phone" | undefined>(talk && mayChange ? "phone" : undefined);
  const toggle = (one: "chat" | "phone") => setBeside(beside === one ? undefined : one);
  const { data: draft = null } = useQuery(agentDraftQuery(agent.id));
  const { data: registration } = useQuery(registrationQuery(agent.id));
  const remove = async () => {
    const { message } = await ask(api.DELETE("/api/v2/agents/{id}", { params: { path: { id: agent.id } } }));
    told(message);
    await navigate({ to: "/agents" });
    queryClient.removeQueries({ queryKey: agentQuery(agent.id).queryKey });
    await queryClient.invalidateQueries({ queryKey: agentsQuery.queryKey });
  };
  return (
    <>
      <PageHeader
        title={agent.username}
        actions={
          mayChange ? (
            <>
              <Button
                variant={beside === "phone" ? "light" : "default"}
                leftSection={<Phone size={16} />}
                aria-pressed={beside === "phone"}
                onClick={() => toggle("phone")}
              >
                Talk
              </Button>
              {agent.mode === "pipeline" ? (
                <Button
                  variant={beside === "chat" ? "light" : "default"}
                  leftSection={<MessageSquareText size={16} />}
                  aria-pressed={beside === "chat"}
                  onClick={() => toggle("chat")}
                >
                  Chat by text
                </Button>
              ) : null}
              <Confirmed
                title={`Delete ${agent.username}?`}
                verb="Delete"
                act={remove}
                button={(open) => (
                  <ActionIcon
                    variant="default"
                    size="lg"
                    c="red"
                    onClick={open}
                    aria-label={`Delete ${agent.username}`}
                  >
                    <Trash2 size={18} />
                  </ActionIcon>
                )}
              >
                It takes no calls from then on, and its registration is taken back. Its calls and recordings
                stay.
              </Confirmed>
            </>
          ) : null
        }
      >
        <Stack gap={4}>
          {agent.title === "" ? null : <Text>{agent.title}</Text>}
          <Group gap="xs">
            {agent.sipUris.map((uri) => (
              <CopyText key={uri} text={uri} label={`the SIP URI ${uri}`} />
            ))}
          </Group>
        </Stack>
      </PageHeader>
      <Grid gap="lg">
        <Grid.Col span={beside ? { base: 12, lg: 7 } : 12}>
          {draft === null ? null : <Draft agent={agent} draft={draft} />}
          <Tabs
            value={tab}
            onChange={(value) =>
              void navigate({
                to: "/agents/$id",
                params: { id: agent.id },
                search:
                  value === "functions" ||
                  value === "turns" ||
                  value === "registration" ||
                  value === "versions"
                    ? { tab: value }
                    : {},
                replace: true,
              })
            }
          >
            <Tabs.List mb="lg">
              <Tabs.Tab value="general">General</Tabs.Tab>
              <Tabs.Tab
                value="functions"
                rightSection={<Badge variant="light">{agent.functions.length}</Badge>}
              >
                Functions
              </Tabs.Tab>
              <Tabs.Tab value="turns">Turns and recording</Tabs.Tab>
              <Tabs.Tab
                value="registration"
                rightSection={registration ? <RegistrationState state={registration.state} /> : undefined}
              >
                SIP registration
              </Tabs.Tab>
              <Tabs.Tab value="versions">Versions</Tabs.Tab>
            </Tabs.List>
            {tab === "versions" ? (
              <Tabs.Panel value="versions">
                <Suspense fallback={<Loading what="the versions" />}>
                  <Versions agent={agent} />
                </Suspense>
              </Tabs.Panel>
            ) : tab === "registration" ? (
              <Tabs.Panel value="registration">
                <RegistrationTab agent={agent} />
              </Tabs.Panel>
            ) : (
              <Tabs.Panel value={tab}>
                <AgentEditor agent={agent} draft={draft} part={tab} />
              </Tabs.Panel>
            )}
          </Tabs>
        </Grid.Col>
        {beside ? (
          <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: -1, lg: 1 }}>
            <div className="beside">
              <Suspense fallback={<Loading what={beside === "chat" ? "the chat" : "the phone"} />}>
                {beside === "chat" ? (
                  <Chat agent={agent} draft={draft !== null} />
                ) : (
                  <Softphone agent={agent} />
                )}
              </Suspense>
            </div>
          </Grid.Col>
        ) : null}
      </Grid>
    </>
  );
}

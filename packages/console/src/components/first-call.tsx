import { Alert, Button, List, SimpleGrid, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Building2, Headset, type LucideIcon, Mic, Network, PhoneIncoming } from "lucide-react";
import type { ReactNode } from "react";
import { accessListQuery, agentsQuery, lastCallsQuery, recentRefusalsQuery } from "../api/queries.ts";
import { AllowSource } from "./allow-source.tsx";
import { CopyText } from "./copy-text.tsx";
import { Section } from "./page.tsx";
import { useMayChange } from "./session.tsx";

/** Four ways to a first call, and what became of the tries so far. */
export function FirstCall() {
  const { data: [agent] = [] } = useQuery(agentsQuery);
  const uri = agent?.sipUris[0];
  const mayChange = useMayChange();
  return (
    <Section
      title="Your first call"
      about="One way is enough. The call shows up here while it rings, and so does one that is refused."
    >
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
          <Way icon={Mic} title="This browser" about="Nothing to set up: its microphone is the phone.">
            <Text size="sm">
              {agent === undefined ? (
                <Link to="/agents">Make an agent first.</Link>
              ) : mayChange ? (
                <Button
                  size="xs"
                  renderRoot={(props) => (
                    <Link to="/agents/$id" params={{ id: agent.id }} search={{ talk: true }} {...props} />
                  )}
                >
                  Talk to {agent.username}
                </Button>
              ) : (
                "An owner can call from here."
              )}
            </Text>
          </Way>
          <Way icon={Headset} title="A softphone" about="On a computer or a phone in the same network.">
            <List size="sm" type="ordered" spacing={4}>
              <List.Item>
                Give its account a number as user name, such as +15550100; it registers nowhere.
              </List.Item>
              <List.Item>
                <Link to="/settings/developer" hash="access-list">
                  Allow its address
                </Link>
                , unless it runs on this machine.
              </List.Item>
              <List.Item>
                Dial{" "}
                {uri === undefined ? (
                  "the agent's SIP URI."
                ) : (
                  <CopyText text={uri} label="the agent's SIP URI" />
                )}
              </List.Item>
            </List>
          </Way>
          <Way icon={Building2} title="A PBX" about="The easiest for work: the agent is an extension of it.">
            <List size="sm" type="ordered" spacing={4}>
              <List.Item>Make an extension with a password in the PBX.</List.Item>
              <List.Item>
                {agent === undefined ? (
                  <Link to="/agents">Make an agent</Link>
                ) : (
                  <Link to="/agents/$id" params={{ id: agent.id }} search={{ tab: "registration" }}>
                    Register {agent.username} with them
                  </Link>
                )}
                , and see it turn green.
              </List.Item>
              <List.Item>Call the extension from any phone of the PBX.</List.Item>
            </List>
          </Way>
          <Way
            icon={Network}
            title="A trunk"
            about="Calls from the telephone network, from a provider or an SBC."
          >
            <List size="sm" type="ordered" spacing={4}>
              <List.Item>
                <Link to="/settings/developer" hash="access-list">
                  Allow the addresses
                </Link>{" "}
                that it sends from.
              </List.Item>
              <List.Item>
                {agent === undefined ? (
                  "Give an agent its number."
                ) : (
                  <>
                    Give{" "}
                    <Link to="/agents/$id" params={{ id: agent.id }}>
                      {agent.username} its number
                    </Link>
                    , and point the number here.
                  </>
                )}
              </List.Item>
              <List.Item>Call the number.</List.Item>
            </List>
          </Way>
        </SimpleGrid>
        <Outcome />
      </Stack>
    </Section>
  );
}

function Way({
  icon: Icon,
  title,
  about,
  children,
}: {
  icon: LucideIcon;
  title: string;
  about: string;
  children: ReactNode;
}) {
  return (
    <Stack gap="xs">
      <ThemeIcon variant="light" size="lg">
        <Icon size={20} aria-hidden />
      </ThemeIcon>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Text size="sm" c="dimmed">
        {about}
      </Text>
      {children}
    </Stack>
  );
}

/** The last thing that happened: a call, or a refusal with the way out of it. */
function Outcome() {
  const { data: [call] = [] } = useQuery(lastCallsQuery);
  const { data: [refusal] = [] } = useQuery(recentRefusalsQuery);
  const { data: entries = [] } = useQuery(accessListQuery);
  const mayChange = useMayChange();
  if (call !== undefined && (refusal === undefined || call.startedAt > refusal.at)) {
    return (
      <Alert color="teal" icon={<PhoneIncoming size={20} />} title="There is a call">
        <Stack gap="xs" align="flex-start">
          <Text size="sm">
            {call.from} called {call.to}
            {call.answeredAt === null ? "." : ", and was answered."}
          </Text>
          <Button
            size="xs"
            variant="light"
            renderRoot={(props) => <Link to="/calls/$id" params={{ id: call.id }} {...props} />}
          >
            Look at it, and hear it
          </Button>
        </Stack>
      </Alert>
    );
  }
  if (refusal !== undefined) {
    const canAllow = refusal.code === "source_not_listed" && !entries.some(({ ip }) => ip === refusal.source);
    return (
      <Alert color="orange" title={`A call from ${refusal.source} was refused`}>
        <Stack gap="xs" align="flex-start">
          <Text size="sm">{refusal.hint}</Text>
          {canAllow && mayChange ? <AllowSource source={refusal.source} /> : null}
        </Stack>
      </Alert>
    );
  }
  return (
    <Text size="sm" c="dimmed" role="status">
      Nothing has come in yet.
    </Text>
  );
}

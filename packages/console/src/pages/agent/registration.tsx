import { Alert, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { RefreshCw, Unplug } from "lucide-react";
import { lazy, Suspense } from "react";
import { api, ask } from "../../api/client.ts";
import { queryClient, registrationQuery, registrationsQuery } from "../../api/queries.ts";
import type { Agent, Registration } from "../../api/types.ts";
import { Confirmed } from "../../components/confirm.tsx";
import { RegistrationState } from "../../components/live-state.tsx";
import { Loaded, Loading, Section } from "../../components/page.tsx";
import { useMayChange } from "../../components/session.tsx";
import { Time } from "../../components/time.tsx";
import { told, toldFailure } from "../../components/told.ts";
import { RegistrationForm } from "./registration-form.tsx";

const RegistrationMessages = lazy(async () => ({
  default: (await import("./registration-messages.tsx")).RegistrationMessages,
}));

export const refreshRegistrations = () =>
  queryClient.invalidateQueries({ queryKey: registrationsQuery.queryKey });

/** The agent as an extension of a PBX. */
export function RegistrationTab({ agent }: { agent: Agent }) {
  const registration = useQuery(registrationQuery(agent.id));
  const mayChange = useMayChange();
  return (
    <Stack gap="lg">
      <Loaded query={registration} what="the registration">
        {(one) => (
          <>
            {one === null ? null : <State agent={agent} registration={one} mayChange={mayChange} />}
            {one === null && !mayChange ? (
              <Text c="dimmed">This agent is registered nowhere.</Text>
            ) : (
              <RegistrationForm key={one === null ? "new" : "there"} agent={agent} registration={one} />
            )}
            {one === null ? null : (
              <Suspense fallback={<Loading what="SIP messages" />}>
                <RegistrationMessages agent={agent} />
              </Suspense>
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function State({
  agent,
  registration,
  mayChange,
}: {
  agent: Agent;
  registration: Registration;
  mayChange: boolean;
}) {
  const query = { targetAccountId: agent.id };
  const again = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/sip/registration/refresh", { params: { query } })),
    onError: toldFailure,
    onSuccess: ({ registration: now }) => queryClient.setQueryData(registrationQuery(agent.id).queryKey, now),
  });
  const remove = async () => {
    const { message } = await ask(api.DELETE("/api/v2/sip/registration", { params: { query } }));
    told(message);
    queryClient.setQueryData(registrationQuery(agent.id).queryKey, null);
    await refreshRegistrations();
  };
  const { state, hint, lastCode, lastReason, expiresAt, nextAttemptAt, target, publicAddress, voicemail } =
    registration;
  return (
    <Section
      title="How it stands"
      actions={
        mayChange ? (
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              leftSection={<RefreshCw size={14} />}
              loading={again.isPending}
              onClick={() => again.mutate()}
            >
              Register now
            </Button>
            <Confirmed
              title={`Take ${registration.aor} back?`}
              verb="Remove the registration"
              act={remove}
              button={(open) => (
                <Button size="xs" variant="default" c="red" leftSection={<Unplug size={14} />} onClick={open}>
                  Remove
                </Button>
              )}
            >
              The PBX is told, and the password is forgotten. Calls to the extension no longer come here.
            </Confirmed>
          </Group>
        ) : null
      }
    >
      <Stack>
        <Group aria-live="polite">
          <RegistrationState state={state} />
          <Text size="sm">
            {lastCode === null ? "No answer yet" : `Last answer: ${lastCode} ${lastReason ?? ""}`}
          </Text>
        </Group>
        {hint === null ? null : (
          <Alert color={state === "registered" ? "blue" : "orange"} title="What to do">
            {hint}
          </Alert>
        )}
        <Table aria-label="Details of the registration" withRowBorders={false} verticalSpacing={4}>
          <Table.Tbody>
            <Row name="Address of record">{registration.aor}</Row>
            <Row name="Asked">{target ?? "nobody yet"}</Row>
            {publicAddress === null ? null : <Row name="Seen there as">{publicAddress}</Row>}
            {expiresAt === null ? null : (
              <Row name="Good until">
                <Time at={expiresAt} />
              </Row>
            )}
            {nextAttemptAt === null ? null : (
              <Row name={state === "registered" ? "Refreshed at" : "Tried again at"}>
                <Time at={nextAttemptAt} />
              </Row>
            )}
            {voicemail === null ? null : (
              <Row name="Voicemail there">
                {voicemail.waiting === null
                  ? `not told yet (${voicemail.state})`
                  : voicemail.waiting
                    ? `${voicemail.newMessages ?? "some"} new`
                    : "nothing new"}
              </Row>
            )}
          </Table.Tbody>
        </Table>
      </Stack>
    </Section>
  );
}

function Row({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={160} fw={400} c="dimmed">
        {name}
      </Table.Th>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{children}</Table.Td>
    </Table.Tr>
  );
}

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FilePen } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { api, ask } from "../../api/client.ts";
import { agentDraftQuery, agentQuery, queryClient } from "../../api/queries.ts";
import type { Agent, AgentDraft } from "../../api/types.ts";
import { Confirmed } from "../../components/confirm.tsx";
import { Failed, Loading } from "../../components/page.tsx";
import { useMayChange } from "../../components/session.tsx";
import { Time } from "../../components/time.tsx";
import { told } from "../../components/told.ts";
import { fieldName } from "../../lib/format.ts";

const Differences = lazy(async () => ({ default: (await import("./differences.tsx")).Differences }));

/** What the agent is to be, and the ways out of that. */
export function Draft({ agent, draft }: { agent: Agent; draft: AgentDraft }) {
  const mayChange = useMayChange();
  const [isCompared, setCompared] = useState(false);
  const params = { path: { id: agent.id } };
  const publish = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/agents/{id}/publish", { params })),
    onSuccess: ({ agent: published }) => {
      queryClient.setQueryData(agentDraftQuery(agent.id).queryKey, null);
      queryClient.setQueryData(agentQuery(agent.id).queryKey, published);
      told("Published: it counts from the next call.");
    },
  });
  const discard = async () => {
    const { message } = await ask(api.DELETE("/api/v2/agents/{id}/draft", { params }));
    queryClient.setQueryData(agentDraftQuery(agent.id).queryKey, null);
    told(message);
  };
  return (
    <Alert color="yellow" icon={<FilePen size={20} />} title="This is a draft: no call has it yet" mb="lg">
      <Stack gap="sm">
        <Text size="sm">
          By {draft.by === "" ? "somebody" : draft.by}, <Time at={draft.at} />
          {draft.changed.length === 0
            ? ". Nothing in it differs from what calls have."
            : `. Other than now: ${draft.changed.map(fieldName).join(", ")}.`}
        </Text>
        {isCompared ? (
          <Suspense fallback={<Loading what="the comparison" />}>
            <Differences before={agent} after={{ ...agent, ...draft.settings }} />
          </Suspense>
        ) : null}
        {publish.error === null ? null : <Failed error={publish.error} title="Not published" />}
        <Group gap="sm">
          {mayChange ? (
            <>
              <Button size="xs" loading={publish.isPending} onClick={() => publish.mutate()}>
                Publish
              </Button>
              <Confirmed
                title="Give the draft up?"
                verb="Give up"
                act={discard}
                button={(open) => (
                  <Button size="xs" variant="default" onClick={open}>
                    Give up
                  </Button>
                )}
              >
                The agent stays as calls have it now. What was changed in the draft is lost.
              </Confirmed>
            </>
          ) : null}
          <Button
            size="xs"
            variant="default"
            aria-expanded={isCompared}
            onClick={() => setCompared(!isCompared)}
          >
            {isCompared ? "Hide what differs" : "Show what differs"}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

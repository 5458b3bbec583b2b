import { Button, Fieldset, Group, Paper, Stack, Text } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useEffect } from "react";
import { api, ask } from "../../api/client.ts";
import { agentQuery, agentsQuery, queryClient } from "../../api/queries.ts";
import type { Agent, AgentPatch } from "../../api/types.ts";
import { Failed } from "../../components/page.tsx";
import { useMayChange } from "../../components/session.tsx";
import { told } from "../../components/told.ts";
import { FunctionsPart } from "./functions.tsx";
import { GeneralPart } from "./general.tsx";
import { TurnsPart } from "./turns.tsx";

export type AgentForm = UseFormReturnType<Agent>;

/** An agent's settings: one form over its tabs, so that all of it is saved together. */
export function AgentEditor({ agent, part }: { agent: Agent; part: "general" | "functions" | "turns" }) {
  const mayChange = useMayChange();
  const form = useForm<Agent>({ initialValues: agent });
  const { setInitialValues, setValues } = form;
  const isDirty = form.isDirty();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another agent counts, not what is typed.
  useEffect(() => {
    // Changed by another: what is being typed here stays.
    setInitialValues(agent);
    if (!isDirty) setValues(agent);
  }, [agent, setInitialValues, setValues]);
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      isDirty && current.pathname !== next.pathname && !window.confirm("Leave without saving the changes?"),
    enableBeforeUnload: isDirty,
  });
  const save = useMutation({
    mutationFn: (body: AgentPatch) =>
      ask(api.PATCH("/api/v2/agents/{id}", { params: { path: { id: agent.id } }, body })),
    onSuccess: ({ agent: saved }) => {
      queryClient.setQueryData(agentQuery(agent.id).queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: agentsQuery.queryKey, exact: true });
      form.setValues(saved);
      form.resetDirty(saved);
      told("Saved: it counts from the next call.");
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(changes(agent, values)))}>
      <Fieldset variant="unstyled" disabled={!mayChange}>
        <Stack gap="lg">
          {part === "general" ? <GeneralPart form={form} /> : null}
          {part === "functions" ? <FunctionsPart form={form} /> : null}
          {part === "turns" ? <TurnsPart form={form} /> : null}
        </Stack>
      </Fieldset>
      {isDirty || save.error !== null ? (
        <Paper withBorder shadow="md" p="sm" mt="lg" className="save-bar">
          {save.error === null ? null : <Failed error={save.error} title="Not saved" />}
          <Group justify="space-between" mt={save.error === null ? 0 : "sm"}>
            <Text size="sm">Not saved yet</Text>
            <Group gap="sm">
              <Button
                variant="default"
                onClick={() => {
                  form.setValues(agent);
                  save.reset();
                }}
              >
                Undo
              </Button>
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
            </Group>
          </Group>
        </Paper>
      ) : null}
    </form>
  );
}

const READ_ONLY: readonly (keyof Agent)[] = ["id", "organizationId", "sipUris", "createdAt", "updatedAt"];

/** What differs: what another has changed meanwhile is not put back. */
export function changes(before: Agent, after: Agent): AgentPatch {
  const changed = Object.entries(after).filter(
    ([name, value]) =>
      !READ_ONLY.includes(name as keyof Agent) &&
      JSON.stringify(value) !== JSON.stringify(before[name as keyof Agent]),
  );
  return Object.fromEntries(changed) as AgentPatch;
}

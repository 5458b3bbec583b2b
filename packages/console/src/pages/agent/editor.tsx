import { Button, Fieldset, Group, Paper, Stack, Text } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { api, ask } from "../../api/client.ts";
import { agentDraftQuery, agentQuery, agentsQuery, queryClient } from "../../api/queries.ts";
import type { Agent, AgentDraft, AgentPatch } from "../../api/types.ts";
import { Failed } from "../../components/page.tsx";
import { useMayChange } from "../../components/session.tsx";
import { told } from "../../components/told.ts";
import { FunctionsPart } from "./functions.tsx";
import { GeneralPart } from "./general.tsx";
import { TurnsPart } from "./turns.tsx";

export type AgentForm = UseFormReturnType<Agent>;

/** An agent's settings: one form over its tabs, so that all of it is saved together. */
export function AgentEditor({
  agent,
  draft,
  part,
}: {
  agent: Agent;
  /** What is edited, where there is one: calls have the agent. */
  draft: AgentDraft | null;
  part: "general" | "functions" | "turns";
}) {
  const mayChange = useMayChange();
  const base = useMemo(() => ({ ...agent, ...draft?.settings }) as Agent, [agent, draft]);
  const form = useForm<Agent>({ initialValues: base });
  const { setInitialValues, setValues } = form;
  const isDirty = form.isDirty();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another agent counts, not what is typed.
  useEffect(() => {
    // Changed by another: what is being typed here stays.
    setInitialValues(base);
    if (!isDirty) setValues(base);
  }, [base, setInitialValues, setValues]);
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
  const keepAside = useMutation({
    mutationFn: (body: AgentPatch) =>
      ask(api.PUT("/api/v2/agents/{id}/draft", { params: { path: { id: agent.id } }, body })),
    onSuccess: ({ draft: kept }) => {
      queryClient.setQueryData(agentDraftQuery(agent.id).queryKey, kept);
      form.resetDirty(form.getValues());
      told("Kept as a draft: no call has it before it is published.");
    },
  });
  const aside = () => {
    if (!form.validate().hasErrors) keepAside.mutate(changes(agent, form.getValues()));
  };
  const error = save.error ?? keepAside.error;
  return (
    <form
      onSubmit={form.onSubmit((values) =>
        draft === null ? save.mutate(changes(agent, values)) : keepAside.mutate(changes(agent, values)),
      )}
    >
      <Fieldset variant="unstyled" disabled={!mayChange}>
        <Stack gap="lg">
          {part === "general" ? <GeneralPart form={form} /> : null}
          {part === "functions" ? <FunctionsPart form={form} /> : null}
          {part === "turns" ? <TurnsPart form={form} /> : null}
        </Stack>
      </Fieldset>
      {isDirty || error !== null ? (
        <Paper withBorder shadow="md" p="sm" mt="lg" className="save-bar">
          {error === null ? null : <Failed error={error} title="Not saved" />}
          <Group justify="space-between" mt={error === null ? 0 : "sm"}>
            <Text size="sm">Not saved yet</Text>
            <Group gap="sm">
              <Button
                variant="default"
                onClick={() => {
                  form.setValues(base);
                  save.reset();
                  keepAside.reset();
                }}
              >
                Undo
              </Button>
              {draft === null ? (
                <Button variant="default" onClick={aside} loading={keepAside.isPending}>
                  Keep as a draft
                </Button>
              ) : null}
              <Button type="submit" loading={draft === null ? save.isPending : keepAside.isPending}>
                {draft === null ? "Save" : "Save the draft"}
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

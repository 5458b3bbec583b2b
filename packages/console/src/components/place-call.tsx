import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { PhoneOutgoing } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../api/client.ts";
import { queryClient } from "../api/queries.ts";
import type { Agent } from "../api/types.ts";
import { Failed } from "./page.tsx";

/** Has an agent call somebody now. */
export function PlaceCall({ agents }: { agents: Agent[] }) {
  const [isOpen, setOpen] = useState(false);
  const navigate = useNavigate();
  const form = useForm({ initialValues: { agentId: agents[0]?.id ?? "", target: "", greeting: "" } });
  const place = useMutation({
    mutationFn: ({ agentId, target, greeting }: { agentId: string; target: string; greeting: string }) =>
      ask(
        api.POST("/api/v2/calls", {
          params: { query: { targetAccountId: agentId } },
          body: { target: target.trim(), ...(greeting === "" ? {} : { greeting }) },
        }),
      ),
    onSuccess: async ({ call }) => {
      await queryClient.invalidateQueries({ queryKey: ["calls"] });
      await navigate({ to: "/calls/$id", params: { id: call.id } });
    },
  });
  return (
    <>
      <Button leftSection={<PhoneOutgoing size={16} />} onClick={() => setOpen(true)}>
        Call somebody
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title="Call somebody" centered>
        <form onSubmit={form.onSubmit((values) => place.mutate(values))}>
          <Stack>
            {place.error === null ? null : <Failed error={place.error} title="Not called" />}
            <TextInput
              label="Whom"
              description="+15125550199, ext:1002, sip:user@host, or an agent's username"
              required
              data-autofocus
              {...form.getInputProps("target")}
            />
            <Select
              label="Who calls"
              allowDeselect={false}
              searchable
              data={agents.map(({ id, username }) => ({ value: id, label: username }))}
              {...form.getInputProps("agentId")}
            />
            <Textarea
              label="What is said first"
              description="Left empty: the agent's greeting"
              autosize
              {...form.getInputProps("greeting")}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setOpen(false)}>
                Cancel
              </Button>
              <Button type="submit" loading={place.isPending}>
                Call
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}

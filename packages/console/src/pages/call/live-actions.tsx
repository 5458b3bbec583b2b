import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { ArrowRightLeft, MessageSquareText, PhoneOff } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client.ts";
import { queryClient } from "../../api/queries.ts";
import type { Call } from "../../api/types.ts";
import { Confirmed } from "../../components/confirm.tsx";
import { Failed } from "../../components/page.tsx";
import { told } from "../../components/told.ts";

const refresh = () => queryClient.invalidateQueries({ queryKey: ["calls"] });

/** What can be done with a call while it runs. */
export function LiveActions({ call }: { call: Call }) {
  const [open, setOpen] = useState<"say" | "transfer" | undefined>();
  const params = { path: { id: call.id } };
  const close = () => setOpen(undefined);
  return (
    <>
      {call.state === "active" ? (
        <>
          <Button
            variant="default"
            leftSection={<MessageSquareText size={16} />}
            onClick={() => setOpen("say")}
          >
            Say
          </Button>
          <Button
            variant="default"
            leftSection={<ArrowRightLeft size={16} />}
            onClick={() => setOpen("transfer")}
          >
            Transfer
          </Button>
        </>
      ) : null}
      <Confirmed
        title="Hang up?"
        verb="Hang up"
        act={async () => {
          const { message } = await ask(api.POST("/api/v2/calls/{id}/hangup", { params, body: {} }));
          told(message);
          await refresh();
        }}
        button={(ask_) => (
          <Button color="red" leftSection={<PhoneOff size={16} />} onClick={ask_}>
            Hang up
          </Button>
        )}
      >
        The call ends at once, without a goodbye.
      </Confirmed>
      {open === "say" ? <Say call={call} close={close} /> : null}
      {open === "transfer" ? <Transfer call={call} close={close} /> : null}
    </>
  );
}

function Say({ call, close }: { call: Call; close: () => void }) {
  const [text, setText] = useState("");
  // The answer comes when it has been said: nobody waits for that here.
  const say = useMutation({
    mutationFn: () =>
      ask(api.POST("/api/v2/calls/{id}/say", { params: { path: { id: call.id } }, body: { text } })),
    onSuccess: () => {
      close();
      void refresh();
    },
  });
  return (
    <Modal opened onClose={close} title="Have the agent say something" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          say.mutate();
        }}
      >
        <Stack>
          {say.error === null ? null : <Failed error={say.error} title="Not said" />}
          <Textarea
            label="What"
            description="Said after what it is saying now; the caller hears it"
            required
            data-autofocus
            autosize
            minRows={2}
            maxLength={4000}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={say.isPending} disabled={text.trim() === ""}>
              Say it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Transfer({ call, close }: { call: Call; close: () => void }) {
  const [destination, setDestination] = useState("");
  const [note, setNote] = useState("");
  const transfer = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/v2/calls/{id}/transfer", {
          params: { path: { id: call.id } },
          body: { destination: destination.trim(), ...(note === "" ? {} : { transferNotification: note }) },
        }),
      ),
    onSuccess: ({ message }) => {
      told(message);
      close();
      void refresh();
    },
  });
  return (
    <Modal opened onClose={close} title="Put the caller through" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          transfer.mutate();
        }}
      >
        <Stack>
          {transfer.error === null ? null : <Failed error={transfer.error} title="Not put through" />}
          <TextInput
            label="To whom"
            description="+15125550199, ext:1002, sip:user@host, or another agent"
            required
            data-autofocus
            value={destination}
            onChange={(event) => setDestination(event.currentTarget.value)}
          />
          <Textarea
            label="Told to who answers, alone"
            autosize
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={transfer.isPending} disabled={destination.trim() === ""}>
              Transfer
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

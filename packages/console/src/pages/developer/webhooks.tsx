import { ActionIcon, Badge, Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { KeyRound, Plus, Trash2, Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client.ts";
import { queryClient, webhooksQuery } from "../../api/queries.ts";
import type { Webhook } from "../../api/types.ts";
import { Confirmed } from "../../components/confirm.tsx";
import { CopyText } from "../../components/copy-text.tsx";
import { Empty, Failed, Loaded, Section } from "../../components/page.tsx";
import { Row, Rows } from "../../components/rows.tsx";
import { useMayChange } from "../../components/session.tsx";
import { told } from "../../components/told.ts";

const refresh = () => queryClient.invalidateQueries({ queryKey: webhooksQuery.queryKey });
const TYPES: Record<Webhook["type"], string> = {
  conversation: "when a call has ended",
  incoming: "when a call comes in",
};

/** Programs of the organization that are told of its calls. */
export function Webhooks() {
  const webhooks = useQuery(webhooksQuery);
  const mayChange = useMayChange();
  const [isAdding, setAdding] = useState(false);
  return (
    <Section
      id="webhooks"
      title="Webhooks"
      about="Addresses that are told of calls. Each request is signed, and tried again for three days until it is answered."
      actions={
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            renderRoot={(props) => <Link to="/settings/webhooks" {...props} />}
          >
            Deliveries
          </Button>
          {mayChange ? (
            <Button size="xs" leftSection={<Plus size={14} />} onClick={() => setAdding(true)}>
              Add a webhook
            </Button>
          ) : null}
        </Group>
      }
    >
      <Loaded query={webhooks} what="webhooks">
        {(all) =>
          all.length === 0 ? (
            <Empty icon={WebhookIcon} title="Nobody is told">
              Add the address of your CRM or automation, and it gets each call with its transcript.
            </Empty>
          ) : (
            <Rows label="Webhooks">
              {all.map((webhook) => (
                <OneWebhook
                  key={webhook.id}
                  webhook={webhook}
                  mayChange={mayChange}
                  others={all.filter(({ id, url }) => url === webhook.url && id !== webhook.id).length}
                />
              ))}
            </Rows>
          )
        }
      </Loaded>
      {isAdding ? <Adder close={() => setAdding(false)} /> : null}
    </Section>
  );
}

function OneWebhook({
  webhook: { id, url, label, type, state },
  mayChange,
  others,
}: {
  webhook: Webhook;
  mayChange: boolean;
  others: number;
}) {
  const switchOn = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/webhooks", { body: { url, label, type } })),
    onSuccess: refresh,
  });
  const remove = async () => {
    await ask(api.DELETE("/api/v2/webhooks", { body: { url } }));
    told("The webhook is deleted.");
    await refresh();
  };
  return (
    <Row
      end={
        <Group gap="xs">
          {mayChange && state === "gone" ? (
            <Button size="xs" loading={switchOn.isPending} onClick={() => switchOn.mutate()}>
              Switch on again
            </Button>
          ) : null}
          <Button
            size="xs"
            variant="default"
            renderRoot={(props) => <Link to="/settings/webhooks" search={{ webhookId: id }} {...props} />}
          >
            Deliveries<span className="unseen"> to {url}</span>
          </Button>
          {mayChange ? <NewSecret id={id} url={url} /> : null}
          {mayChange ? (
            <Confirmed
              title={`Delete ${url}?`}
              verb="Delete"
              act={remove}
              button={(open) => (
                <ActionIcon variant="subtle" color="red" onClick={open} aria-label={`Delete ${url}`}>
                  <Trash2 size={16} />
                </ActionIcon>
              )}
            >
              It is told of nothing more, and what waits to be sent there is given up.
              {others === 0 ? "" : " All that this address is told is deleted with it."}
            </Confirmed>
          ) : null}
        </Group>
      }
    >
      <Group gap="xs">
        <Text fw={600} style={{ overflowWrap: "anywhere" }}>
          {label === "" ? url : label}
        </Text>
        {state === "gone" ? (
          <Badge color="red" variant="light">
            switched off: it answered 410
          </Badge>
        ) : null}
      </Group>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {TYPES[type]}
        {label === "" ? "" : ` · ${url}`}
      </Text>
    </Row>
  );
}

function Adder({ close }: { close: () => void }) {
  const [url, setUrl] = useState("");
  const [label, setLabel] = useState("");
  const [type, setType] = useState<Webhook["type"]>("conversation");
  const add = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/webhooks", { body: { url: url.trim(), label, type } })),
    onSuccess: async ({ message, secret }) => {
      await refresh();
      if (secret !== null) return;
      told(message);
      close();
    },
  });
  const secret = add.data?.secret ?? undefined;
  return (
    <Modal
      opened
      onClose={close}
      title={secret === undefined ? "Add a webhook" : "Keep the secret now"}
      centered
    >
      {secret === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate();
          }}
        >
          <Stack>
            {add.error === null ? null : <Failed error={add.error} title="Not added" />}
            <TextInput
              label="Address"
              placeholder="https://crm.example.com/calls"
              required
              maxLength={2048}
              spellCheck={false}
              data-autofocus
              value={url}
              onChange={(event) => setUrl(event.currentTarget.value)}
            />
            <TextInput
              label="Label"
              placeholder="the CRM"
              maxLength={200}
              value={label}
              onChange={(event) => setLabel(event.currentTarget.value)}
            />
            <Select
              label="It is told"
              allowDeselect={false}
              data={Object.entries(TYPES).map(([value, words]) => ({ value, label: words }))}
              value={type}
              onChange={(value) => setType((value ?? "conversation") as Webhook["type"])}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={add.isPending} disabled={url.trim() === ""}>
                Add
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Secret text={secret} close={close} />
      )}
    </Modal>
  );
}

function Secret({ text, close }: { text: string; close: () => void }) {
  return (
    <Stack>
      <Text size="sm">
        Requests are signed with it, so that the receiver can tell them from others. It is shown this once.
      </Text>
      <CopyText text={text} label="the secret" block />
      <Group justify="flex-end">
        <Button onClick={close}>I have it</Button>
      </Group>
    </Stack>
  );
}

/** Another secret in the place of the present one. */
function NewSecret({ id, url }: { id: string; url: string }) {
  const [secret, setSecret] = useState<string>();
  const change = async () => {
    const answer = await ask(api.POST("/api/v2/webhooks/{id}/secret", { params: { path: { id } } }));
    setSecret(answer.secret);
    await refresh();
  };
  return (
    <>
      <Confirmed
        title={`Another secret for ${url}?`}
        verb="Make one"
        act={change}
        button={(open) => (
          <ActionIcon variant="subtle" color="gray" onClick={open} aria-label={`New secret for ${url}`}>
            <KeyRound size={16} />
          </ActionIcon>
        )}
      >
        Requests are signed with it from now on. For a day they carry a signature by the present one as well,
        for receivers that look at both.
      </Confirmed>
      {secret === undefined ? null : (
        <Modal opened onClose={() => setSecret(undefined)} title="Keep the secret now" centered>
          <Secret text={secret} close={() => setSecret(undefined)} />
        </Modal>
      )}
    </>
  );
}

import {
  ActionIcon,
  Button,
  Group,
  Modal,
  PasswordInput,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client.ts";
import { queryClient, secretsQuery } from "../../api/queries.ts";
import type { Secret } from "../../api/types.ts";
import { Confirmed } from "../../components/confirm.tsx";
import { Empty, Failed, Loaded, Section } from "../../components/page.tsx";
import { Row, Rows } from "../../components/rows.tsx";
import { useMayChange } from "../../components/session.tsx";
import { Time } from "../../components/time.tsx";
import { told } from "../../components/told.ts";

const refresh = () => queryClient.invalidateQueries({ queryKey: secretsQuery.queryKey });

/** Keys that functions of agents send along. */
export function Secrets() {
  const secrets = useQuery(secretsQuery);
  const mayChange = useMayChange();
  const [edited, setEdited] = useState<Secret | "new" | undefined>();
  return (
    <Section
      id="secrets"
      title="Secrets"
      about="Keys that functions send to your servers, as {{secret:NAME}} in a header or an address. Kept encrypted, never shown, and sent to their hosts alone."
      actions={
        mayChange ? (
          <Button size="xs" leftSection={<Plus size={14} />} onClick={() => setEdited("new")}>
            Add a secret
          </Button>
        ) : null
      }
    >
      <Loaded query={secrets} what="secrets">
        {(all) =>
          all.length === 0 ? (
            <Empty icon={KeyRound} title="No secret yet">
              An agent that asks your CRM needs its key: add it here, and name it in the function.
            </Empty>
          ) : (
            <Rows label="Secrets">
              {all.map((secret) => (
                <SecretRow
                  key={secret.name}
                  secret={secret}
                  mayChange={mayChange}
                  edit={() => setEdited(secret)}
                />
              ))}
            </Rows>
          )
        }
      </Loaded>
      {edited === undefined ? null : (
        <Editor secret={edited === "new" ? undefined : edited} close={() => setEdited(undefined)} />
      )}
    </Section>
  );
}

function SecretRow({
  secret: { name, hosts, updatedAt },
  mayChange,
  edit,
}: {
  secret: Secret;
  mayChange: boolean;
  edit: () => void;
}) {
  const forget = async () => {
    const { message } = await ask(api.DELETE("/api/v2/secrets/{name}", { params: { path: { name } } }));
    told(message);
    await refresh();
  };
  return (
    <Row
      end={
        mayChange ? (
          <Group gap="xs" justify="flex-end">
            <ActionIcon variant="subtle" color="gray" onClick={edit} aria-label={`Change ${name}`}>
              <Pencil size={16} />
            </ActionIcon>
            <Confirmed
              title={`Forget ${name}?`}
              verb="Forget"
              act={forget}
              button={(open) => (
                <ActionIcon variant="subtle" color="red" onClick={open} aria-label={`Forget ${name}`}>
                  <Trash2 size={16} />
                </ActionIcon>
              )}
            >
              Functions that send it fail from then on.
            </Confirmed>
          </Group>
        ) : null
      }
    >
      <Text fw={500}>{name}</Text>
      <Text size="sm" c="dimmed" component="div" style={{ overflowWrap: "anywhere" }}>
        to {hosts.join(", ")}; set <Time at={updatedAt} />
      </Text>
    </Row>
  );
}

function Editor({ secret, close }: { secret: Secret | undefined; close: () => void }) {
  const [name, setName] = useState(secret?.name ?? "");
  const [value, setValue] = useState("");
  const [hosts, setHosts] = useState(secret?.hosts ?? []);
  const save = useMutation({
    mutationFn: () =>
      ask(api.PUT("/api/v2/secrets/{name}", { params: { path: { name } }, body: { value, hosts } })),
    onSuccess: async ({ message }) => {
      told(message);
      await refresh();
      close();
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      title={secret === undefined ? "Add a secret" : `Change ${secret.name}`}
      centered
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          {save.error === null ? null : <Failed error={save.error} title="Not saved" />}
          {secret === undefined ? (
            <TextInput
              label="Name"
              required
              description="Letters, digits, _ and -"
              placeholder="crm"
              spellCheck={false}
              data-autofocus
              value={name}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
            />
          ) : null}
          <PasswordInput
            label="Value"
            required
            description={secret === undefined ? "It is not shown again" : "It is given anew with each change"}
            autoComplete="off"
            value={value}
            onChange={({ currentTarget }) => setValue(currentTarget.value)}
          />
          <TagsInput
            label="Hosts"
            description="Where it may be sent, such as crm.example.com. Press Enter after each"
            splitChars={[",", " ", ";"]}
            value={hosts}
            onChange={setHosts}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

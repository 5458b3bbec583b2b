import {
  ActionIcon,
  Badge,
  Button,
  Group,
  Modal,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../api/client.ts";
import { queryClient, usersQuery } from "../api/queries.ts";
import type { User } from "../api/types.ts";
import { ChangePassword } from "../components/change-password.tsx";
import { Confirmed } from "../components/confirm.tsx";
import { CopyText } from "../components/copy-text.tsx";
import { Failed, Loaded, PageHeader, Section } from "../components/page.tsx";
import { useMayChange, useUser } from "../components/session.tsx";
import { Time } from "../components/time.tsx";
import { told, toldFailure } from "../components/told.ts";

const refresh = () => queryClient.invalidateQueries({ queryKey: usersQuery.queryKey });

interface Invitation {
  username: string;
  link: string;
}

export function UsersPage() {
  const users = useQuery(usersQuery);
  const mayChange = useMayChange();
  const [isAdding, setAdding] = useState(false);
  const [invitation, setInvitation] = useState<Invitation | undefined>();
  return (
    <>
      <PageHeader title="Users">
        Who signs in to this console. An owner may change all, a viewer may look.
      </PageHeader>
      <Stack gap="lg">
        <Section
          title="Who may sign in"
          actions={
            mayChange ? (
              <Button size="xs" leftSection={<Plus size={14} />} onClick={() => setAdding(true)}>
                Add a user
              </Button>
            ) : null
          }
        >
          <Loaded query={users} what="users">
            {(all) => (
              <Table.ScrollContainer minWidth={480}>
                <Table aria-label="Users" verticalSpacing="xs">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>May</Table.Th>
                      <Table.Th>Last signed in</Table.Th>
                      <Table.Th>
                        <span className="unseen">Change</span>
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {all.map((user) => (
                      <Row key={user.id} user={user} mayChange={mayChange} invite={setInvitation} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )}
          </Loaded>
        </Section>
        <ChangePassword />
      </Stack>
      {isAdding ? <Adder close={() => setAdding(false)} invite={setInvitation} /> : null}
      <Modal
        opened={invitation !== undefined}
        onClose={() => setInvitation(undefined)}
        title={`A link for ${invitation?.username ?? ""}`}
        centered
      >
        <Stack>
          <Text size="sm">
            It sets the password of {invitation?.username}, once, within a day. Hand it over in private:
            whoever has it first is in.
          </Text>
          <CopyText text={invitation?.link ?? ""} label="the link" block />
          <Group justify="flex-end">
            <Button onClick={() => setInvitation(undefined)}>I have it</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function Row({
  user,
  mayChange,
  invite,
}: {
  user: User;
  mayChange: boolean;
  invite: (invitation: Invitation) => void;
}) {
  const me = useUser();
  const params = { path: { id: user.id } };
  const setRole = useMutation({
    mutationFn: (role: User["role"]) => ask(api.PATCH("/api/v2/users/{id}", { params, body: { role } })),
    onError: toldFailure,
    onSuccess: async ({ message }) => {
      told(message);
      await refresh();
    },
  });
  const link = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/users/{id}/passwordLink", { params, body: {} })),
    onError: toldFailure,
    onSuccess: ({ link: url }) => invite({ username: user.username, link: url }),
  });
  const remove = async () => {
    const { message } = await ask(api.DELETE("/api/v2/users/{id}", { params }));
    told(message);
    await refresh();
  };
  const isMe = user.id === me.id;
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        {user.username} {isMe ? <Badge variant="light">You</Badge> : null}
      </Table.Td>
      <Table.Td>
        {mayChange && !isMe ? (
          <Select
            aria-label={`What ${user.username} may do`}
            size="xs"
            w={110}
            allowDeselect={false}
            data={["owner", "viewer"]}
            value={user.role}
            disabled={setRole.isPending}
            onChange={(role) => {
              if (role === "owner" || role === "viewer") setRole.mutate(role);
            }}
          />
        ) : (
          user.role
        )}
      </Table.Td>
      <Table.Td>
        {user.passwordSetAt === null ? (
          <Badge color="orange" variant="light">
            No password yet
          </Badge>
        ) : user.lastSignInAt === null ? (
          "never"
        ) : (
          <Time at={user.lastSignInAt} />
        )}
      </Table.Td>
      <Table.Td>
        {mayChange && !isMe ? (
          <Group gap="xs" justify="flex-end" wrap="nowrap">
            <ActionIcon
              variant="subtle"
              color="gray"
              loading={link.isPending}
              onClick={() => link.mutate()}
              aria-label={`A link for a new password of ${user.username}`}
            >
              <KeyRound size={16} />
            </ActionIcon>
            <Confirmed
              title={`Delete ${user.username}?`}
              verb="Delete"
              act={remove}
              button={(open) => (
                <ActionIcon
                  variant="subtle"
                  color="red"
                  onClick={open}
                  aria-label={`Delete ${user.username}`}
                >
                  <Trash2 size={16} />
                </ActionIcon>
              )}
            >
              {user.username} is signed out at once, everywhere.
            </Confirmed>
          </Group>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

function Adder({ close, invite }: { close: () => void; invite: (invitation: Invitation) => void }) {
  const form = useForm<{ username: string; role: User["role"] }>({
    initialValues: { username: "", role: "viewer" },
  });
  const add = useMutation({
    mutationFn: (body: { username: string; role: User["role"] }) => ask(api.POST("/api/v2/users", { body })),
    onSuccess: async ({ user, link }) => {
      await refresh();
      close();
      invite({ username: user.username, link });
    },
  });
  return (
    <Modal opened onClose={close} title="Add a user" centered>
      <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack>
          {add.error === null ? null : <Failed error={add.error} title="Not added" />}
          <TextInput
            label="Name"
            description="What is typed to sign in; a mail address is a good one"
            autoComplete="off"
            autoCapitalize="none"
            required
            data-autofocus
            {...form.getInputProps("username")}
          />
          <Select
            label="May"
            allowDeselect={false}
            data={[
              { value: "viewer", label: "look (viewer)" },
              { value: "owner", label: "change all (owner)" },
            ]}
            {...form.getInputProps("role")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

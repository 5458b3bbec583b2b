import { ActionIcon, Button, Code, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client.ts";
import { queryClient, tokensQuery } from "../../api/queries.ts";
import type { Token } from "../../api/types.ts";
import { Confirmed } from "../../components/confirm.tsx";
import { CopyText } from "../../components/copy-text.tsx";
import { Empty, Failed, Loaded, Section } from "../../components/page.tsx";
import { useMayChange } from "../../components/session.tsx";
import { Time } from "../../components/time.tsx";
import { told } from "../../components/told.ts";

const refresh = () => queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });

/** Who may use the API, by token. This console uses none. */
export function Tokens() {
  const tokens = useQuery(tokensQuery);
  const mayChange = useMayChange();
  const [isMaking, setMaking] = useState(false);
  return (
    <Section
      id="tokens"
      title="API tokens"
      about="For programs that use the API. Whoever has one may do all that an owner may."
      actions={
        mayChange ? (
          <Button size="xs" leftSection={<Plus size={14} />} onClick={() => setMaking(true)}>
            Make a token
          </Button>
        ) : null
      }
    >
      <Loaded query={tokens} what="tokens">
        {(all) =>
          all.length === 0 ? (
            <Empty icon={KeyRound} title="No token">
              Programs cannot use the API without one.
            </Empty>
          ) : (
            <Table aria-label="API tokens" verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>For</Table.Th>
                  <Table.Th>Token</Table.Th>
                  <Table.Th visibleFrom="sm">Made</Table.Th>
                  <Table.Th>
                    <span className="unseen">Delete</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {all.map((token) => (
                  <Row key={token.id} token={token} mayChange={mayChange} isLast={all.length === 1} />
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
      {isMaking ? <Maker close={() => setMaking(false)} /> : null}
    </Section>
  );
}

function Row({ token, mayChange, isLast }: { token: Token; mayChange: boolean; isLast: boolean }) {
  const remove = async () => {
    await ask(api.DELETE("/api/v2/tokens", { body: { token: token.id } }));
    told("The token is deleted.");
    await refresh();
  };
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{token.description}</Table.Td>
      <Table.Td>
        <Code>{token.token}</Code>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Time at={new Date(token.timestamp * 1000).toISOString()} />
      </Table.Td>
      <Table.Td ta="right">
        {mayChange && !isLast ? (
          <Confirmed
            title={`Delete the token ${token.token}?`}
            verb="Delete"
            act={remove}
            button={(open) => (
              <ActionIcon variant="subtle" color="red" onClick={open} aria-label={`Delete ${token.token}`}>
                <Trash2 size={16} />
              </ActionIcon>
            )}
          >
            Programs that use it are refused from then on.
          </Confirmed>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

function Maker({ close }: { close: () => void }) {
  const [description, setDescription] = useState("");
  const make = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/tokens", { body: { description } })),
    onSuccess: refresh,
  });
  const made = make.data?.token.token;
  return (
    <Modal opened onClose={close} title={made === undefined ? "Make a token" : "Keep it now"} centered>
      {made === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <Stack>
            {make.error === null ? null : <Failed error={make.error} />}
            <TextInput
              label="What it is for"
              placeholder="the CRM"
              maxLength={200}
              data-autofocus
              value={description}
              onChange={(event) => setDescription(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={make.isPending}>
                Make it
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack>
          <Text size="sm">The token is shown this once. It goes into Authorization: Bearer.</Text>
          <CopyText text={made} label="the token" block />
          <Group justify="flex-end">
            <Button onClick={close}>I have it</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

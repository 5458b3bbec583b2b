import { Alert, Badge, Button, Code, List, Modal, Stack, Table, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Radar } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client.ts";
import { Failed, Loading } from "../../components/page.tsx";

/** Does what a call by the route would do, short of calling, and shows each step. */
export function RouteTest({
  route,
  disabled = false,
  onToggle,
}: {
  route: string;
  disabled?: boolean;
  /** Told when the result is shown, and when it is not any more. */
  onToggle?: (isOpen: boolean) => void;
}) {
  const [isOpen, set] = useState(false);
  const setOpen = (open: boolean) => {
    set(open);
    onToggle?.(open);
  };
  const test = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/sip/outboundRoutes/test", { body: { route } })),
  });
  const open = () => {
    setOpen(true);
    test.mutate();
  };
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<Radar size={14} />}
        onClick={open}
        disabled={disabled}
      >
        Test
        <span className="unseen"> {route}</span>
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={`Test of ${route}`} size="xl" centered>
        {test.isPending ? (
          <Stack>
            <Loading what="the test" />
            <Text ta="center" size="sm" c="dimmed">
              DNS is asked, and each target; that takes some seconds at most.
            </Text>
          </Stack>
        ) : test.error !== null ? (
          <Failed error={test.error} retry={() => test.mutate()} />
        ) : test.data === undefined ? null : (
          <Result result={test.data} />
        )}
      </Modal>
    </>
  );
}

type Answer = {
  message: string;
  requestUri: string;
  nextHop: string;
  trace: string[];
  targets: {
    transport: string;
    address: string;
    port: number;
    priority: number | null;
    weight: number | null;
    status: number | null;
    ms: number;
    verdict: string;
  }[];
  reachable: boolean;
};

function Result({ result: { message, requestUri, nextHop, trace, targets, reachable } }: { result: Answer }) {
  return (
    <Stack>
      <Alert color={reachable ? "teal" : "red"} title={reachable ? "A target answers" : "No target answers"}>
        {message}
      </Alert>
      <Text size="sm">
        A call to +15550100 would ask for <Code>{requestUri}</Code>, and look for <Code>{nextHop}</Code>.
      </Text>
      {trace.length === 0 ? null : (
        <div>
          <Text fw={600} size="sm" mb={4}>
            Looked up
          </Text>
          <List size="sm" type="ordered" spacing={2}>
            {trace.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the lines never move.
              <List.Item key={index} style={{ overflowWrap: "anywhere" }}>
                {line}
              </List.Item>
            ))}
          </List>
        </div>
      )}
      {targets.length === 0 ? null : (
        <Table.ScrollContainer minWidth={460}>
          <Table aria-label="Targets, in the order in which they are tried">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Target</Table.Th>
                <Table.Th>Priority, weight</Table.Th>
                <Table.Th>Answer to OPTIONS</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {targets.map(({ transport, address, port, priority, weight, status, ms, verdict }) => (
                <Table.Tr key={`${transport} ${address} ${port}`}>
                  <Table.Td>
                    {transport} {address}:{port}
                  </Table.Td>
                  <Table.Td>{priority === null ? "–" : `${priority}, ${weight}`}</Table.Td>
                  <Table.Td>
                    <Badge color={status === null ? "red" : "teal"} variant="light">
                      {status ?? "none"}
                    </Badge>{" "}
                    {status === null ? "" : `${Math.round(ms)} ms `}
                    <Text size="xs" c="dimmed">
                      {verdict}
                    </Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}

import { Badge, Group, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { PhoneOff } from "lucide-react";
import { accessListQuery, rejectedCallsQuery } from "../api/queries.ts";
import { AllowSource } from "../components/allow-source.tsx";
import { Empty, Loaded, Older, PageHeader, Section } from "../components/page.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { useMayChange } from "../components/session.tsx";
import { Time } from "../components/time.tsx";
import { party, words } from "../lib/format.ts";

/** Who knocked and was not let in: from where, why, and what to do. */
export function Rejected() {
  const rejected = useInfiniteQuery(rejectedCallsQuery);
  const { data: entries = [] } = useQuery(accessListQuery);
  const mayChange = useMayChange();
  return (
    <>
      <PageHeader title="Rejected calls">
        Calls that no agent was given, newest first. Scanners of the internet are among them, as they try
        every address.
      </PageHeader>
      <Section title="Refused">
        <Loaded query={rejected} what="rejected calls">
          {({ pages }) => {
            const all = pages.flatMap((page) => page.rejectedCalls);
            if (all.length === 0) {
              return (
                <Empty icon={PhoneOff} title="No call was refused">
                  When one is, it stands here with the reason and what to do about it.
                </Empty>
              );
            }
            return (
              <Stack>
                <Rows label="Rejected calls">
                  {all.map(({ id, at, source, transport, from, to, code, status, hint, suppressed }) => (
                    <Row
                      key={id}
                      end={
                        mayChange &&
                        code === "source_not_listed" &&
                        !entries.some(({ ip }) => ip === source) ? (
                          <AllowSource source={source} />
                        ) : null
                      }
                    >
                      <Group gap="xs">
                        <Text fw={600}>{source}</Text>
                        <Badge color="orange" variant="light">
                          {status === 0 ? "not answered" : status} · {words(code)}
                        </Badge>
                        <Text size="xs" c="dimmed">
                          <Time at={at} /> · {transport}
                          {suppressed === 0 ? "" : `, and ${suppressed} more right after it`}
                        </Text>
                      </Group>
                      <Text size="xs" c="dimmed">
                        {party(from)} → {party(to)}
                      </Text>
                      <Text size="sm" mt={4}>
                        {hint}
                      </Text>
                    </Row>
                  ))}
                </Rows>
                <Older query={rejected}>Older ones</Older>
              </Stack>
            );
          }}
        </Loaded>
      </Section>
    </>
  );
}

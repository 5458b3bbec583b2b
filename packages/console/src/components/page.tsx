import { Alert, Anchor, Button, Center, Group, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import { CircleAlert, type LucideIcon } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { sentenceOf } from "../api/client.ts";

export { Anchor };

/** A page's heading, the browser's title, and what can be done with all of it. */
export function PageHeader({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Ringdown`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="md">
      <Stack gap={4} style={{ minWidth: 0, flex: "1 1 16rem" }}>
        <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {children === undefined ? null : (
          <Text c="dimmed" component="div">
            {children}
          </Text>
        )}
      </Stack>
      {actions === undefined ? null : <Group gap="sm">{actions}</Group>}
    </Group>
  );
}

/** A part of a page, with its own heading. */
export function Section({
  title,
  children,
  actions,
  about,
  id,
}: {
  title: string;
  children: ReactNode;
  actions?: ReactNode;
  about?: ReactNode;
  id?: string;
}) {
  return (
    <Paper withBorder p={{ base: "md", sm: "lg" }} component="section" aria-label={title} id={id}>
      <Group justify="space-between" align="flex-start" mb="sm" gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {actions}
      </Group>
      {about === undefined ? null : (
        <Text c="dimmed" size="sm" mb="md" component="div">
          {about}
        </Text>
      )}
      {children}
    </Paper>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <Center py="xl" role="status" aria-label={`Loading ${what}`}>
      <Loader />
    </Center>
  );
}

/** What went wrong, in the server's words, and a way on. */
export function Failed({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  return (
    <Alert color="red" icon={<CircleAlert size={20} />} title={title ?? "That did not work"} role="alert">
      <Stack gap="sm" align="flex-start">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {sentenceOf(error)}
        </Text>
        {retry === undefined ? null : (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Nothing there yet: what it is for, and what to do next. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md">
      <Icon size={32} aria-hidden color="var(--mantine-color-dimmed)" />
      <Text fw={600}>{title}</Text>
      <Text c="dimmed" size="sm" ta="center" maw={460} component="div">
        {children}
      </Text>
      {action === undefined ? null : <Group mt="sm">{action}</Group>}
    </Stack>
  );
}

/** Something asked of the server, while it comes, when it failed, and when it is there. */
export function Loaded<Data>({
  query,
  what,
  children,
}: {
  query: { data: Data | undefined; error: unknown; refetch(): unknown };
  what: string;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error !== null) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Loading what={what} />;
}

/** The way to what a paged list has not shown yet. */
export function Older({
  query,
  children,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown };
  children: ReactNode;
}) {
  if (!query.hasNextPage) return null;
  return (
    <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {children}
    </Button>
  );
}

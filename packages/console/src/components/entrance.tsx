import { Box, Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import icon from "../icon.svg";

/** The frame of the pages before one is signed in. */
export function Entrance({
  title,
  about,
  children,
}: {
  title: string;
  about: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Ringdown`;
  }, [title]);
  return (
    <Center mih="100vh" p="md" component="main">
      <Box w="100%" maw={400}>
        <Group justify="center" gap="sm" mb="lg">
          <img src={icon} width={40} height={40} alt="" />
          <Text fw={700} fz={26}>
            Ringdown
          </Text>
        </Group>
        <Paper withBorder p="xl" shadow="sm">
          <Stack gap={4} mb="lg">
            <Title order={1} size="h3">
              {title}
            </Title>
            <Text c="dimmed" size="sm" component="div">
              {about}
            </Text>
          </Stack>
          {children}
        </Paper>
      </Box>
    </Center>
  );
}

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Failed } from "./page.tsx";

/** Asks before something is done that cannot be undone; stays, with the reason, where it failed. */
export function Confirmed({
  title,
  children,
  verb,
  act,
  button,
}: {
  title: string;
  children: ReactNode;
  verb: string;
  act: () => Promise<unknown>;
  button: (ask: () => void) => ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  const work = useMutation({ mutationFn: act, onSuccess: () => setOpen(false) });
  const close = () => {
    setOpen(false);
    work.reset();
  };
  return (
    <>
      {button(() => setOpen(true))}
      <Modal opened={isOpen} onClose={close} title={title} centered>
        <Stack>
          <Text size="sm" component="div">
            {children}
          </Text>
          {work.error === null ? null : <Failed error={work.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button color="red" loading={work.isPending} onClick={() => work.mutate()}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

import { notifications } from "@mantine/notifications";
import { sentenceOf } from "../api/client.ts";

const closeButtonProps = { "aria-label": "Close" };

/** Says that something is done. */
export function told(message: string): void {
  notifications.show({ message, color: "teal", closeButtonProps });
}

/** Says that something failed, where no form is there to say it beside. */
export function toldFailure(error: unknown): void {
  notifications.show({
    title: "That did not work",
    message: sentenceOf(error),
    color: "red",
    autoClose: 10_000,
    closeButtonProps,
  });
}

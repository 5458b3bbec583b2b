import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { api, ask } from "../api/client.ts";
import { accessListQuery, queryClient } from "../api/queries.ts";
import { told, toldFailure } from "./told.ts";

/** Lets an address that was refused in from now on. */
export function AllowSource({ source }: { source: string }) {
  const allow = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/v2/sip/ipWhitelist", { body: { ip: source, label: "allowed after a refused call" } }),
      ),
    onError: toldFailure,
    onSuccess: async ({ message }) => {
      told(message);
      await queryClient.invalidateQueries({ queryKey: accessListQuery.queryKey });
    },
  });
  return (
    <Button
      size="xs"
      variant="light"
      leftSection={<ShieldCheck size={14} />}
      loading={allow.isPending}
      onClick={() => allow.mutate()}
    >
      Allow this address
      <span className="unseen"> {source}</span>
    </Button>
  );
}

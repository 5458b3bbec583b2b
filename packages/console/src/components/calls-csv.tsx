import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FileDown } from "lucide-react";
import { api, ask } from "../api/client.ts";
import { type CallSearch, callParameters } from "../api/queries.ts";
import type { Call } from "../api/types.ts";
import { csvLine } from "../lib/csv.ts";
import { told, toldFailure } from "./told.ts";

/** Calls in one file; what is older is had by the API, or by a narrower filter. */
const MOST = 10_000;
const COLUMNS = [
  "id",
  "direction",
  "state",
  "from",
  "to",
  "startedAt",
  "answeredAt",
  "endedAt",
  "duration",
  "endedBy",
  "endCode",
  "endReason",
  "codec",
  "sipCallId",
] as const satisfies readonly (keyof Call)[];

/** The calls that the filters find, as a file for a spreadsheet. */
export function CallsCsv({ search }: { search: CallSearch }) {
  const save = useMutation({
    mutationFn: async () => {
      const lines = [csvLine([...COLUMNS, "agent"])];
      let after: string | null = "";
      while (after !== null && lines.length <= MOST) {
        const query = callParameters(search, after, 200);
        const page: { calls: Call[]; next: string | null } = await ask(
          api.GET("/api/v2/calls", { params: { query } }),
        );
        for (const call of page.calls)
          lines.push(csvLine([...COLUMNS.map((name) => call[name]), call.agentId]));
        after = page.next;
      }
      return { lines, isCut: after !== null };
    },
    onError: toldFailure,
    onSuccess: ({ lines, isCut }) => {
      const url = URL.createObjectURL(new Blob(["\ufeff", ...lines], { type: "text/csv" }));
      const link = document.createElement("a");
      link.href = url;
      link.download = `calls-${new Date().toISOString().slice(0, 10)}.csv`;
      link.click();
      URL.revokeObjectURL(url);
      if (isCut) told(`The file holds the newest ${MOST.toLocaleString()} calls.`);
    },
  });
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<FileDown size={14} />}
      loading={save.isPending}
      onClick={() => save.mutate()}
    >
      CSV
    </Button>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Network } from "lucide-react";
import { capturesQuery } from "../../api/queries.ts";
import type { Call } from "../../api/types.ts";
import { ExportCaptures, LadderView } from "../../components/ladder.tsx";
import { Empty, Loaded, Section } from "../../components/page.tsx";

/** Call-IDs of a call's legs, as many as the API takes. */
export function callIdsOf(call: Call): string[] {
  const all = call.legs.map(({ sipCallId }) => sipCallId).filter((one) => typeof one === "string");
  return [...new Set(all.filter((one) => one !== ""))].slice(0, 20);
}

/** What was said by SIP, as a ladder. */
export function SipMessages({ call }: { call: Call }) {
  const callIds = callIdsOf(call);
  const captures = useQuery(capturesQuery(call.id, callIds));
  const address = `/api/v2/sip/captures?sipCallId=${encodeURIComponent(callIds.join(","))}`;
  return (
    <Section
      id="sip-messages"
      title="SIP messages"
      actions={
        captures.data === undefined || captures.data.length === 0 ? null : (
          <ExportCaptures address={address} name={call.id} />
        )
      }
    >
      <Loaded query={captures} what="SIP messages">
        {(messages) =>
          messages.length === 0 ? (
            <Empty icon={Network} title="No messages">
              They are kept for some days only (RINGDOWN_CAPTURE_DAYS), and none are made where that is 0.
            </Empty>
          ) : (
            <LadderView messages={messages} />
          )
        }
      </Loaded>
    </Section>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Network } from "lucide-react";
import { registrationCapturesQuery } from "../../api/queries.ts";
import type { Agent } from "../../api/types.ts";
import { ExportCaptures, LadderView } from "../../components/ladder.tsx";
import { Empty, Loaded, Section } from "../../components/page.tsx";

/** What the agent's registration and the registrar said last. */
export function RegistrationMessages({ agent }: { agent: Agent }) {
  const captures = useQuery(registrationCapturesQuery(agent.id));
  const address = `/api/v2/sip/registration/captures?targetAccountId=${encodeURIComponent(agent.id)}`;
  return (
    <Section
      id="registration-messages"
      title="Last messages"
      actions={
        captures.data === undefined || captures.data.length === 0 ? null : (
          <ExportCaptures address={address} name={`registration-${agent.username}`} />
        )
      }
    >
      <Loaded query={captures} what="SIP messages">
        {(messages) =>
          messages.length === 0 ? (
            <Empty icon={Network} title="No messages">
              Nothing was exchanged since the node started. Where RINGDOWN_CAPTURE_DAYS is 0 nothing is kept.
            </Empty>
          ) : (
            <LadderView messages={messages} byClock />
          )
        }
      </Loaded>
    </Section>
  );
}

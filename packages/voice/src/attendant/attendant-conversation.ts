import type { AgentProfile } from "../agent-profile.ts";
import type { Conversation, ConversationContext, ConversationEvents } from "../conversation.ts";
import { VoiceError } from "../errors.ts";
import type { LegPort } from "../leg-port.ts";
import type { VoiceLog } from "../voice-log.ts";

export async function startAttendant(
  _profile: AgentProfile,
  _leg: LegPort,
  _events: ConversationEvents,
  _context: ConversationContext,
): Promise<Conversation> {
  throw new VoiceError("conversation_over", { detail: "not built yet" });
}

export async function warmUpAttendant(_profiles: AgentProfile[], _log?: VoiceLog): Promise<void> {}

import type { Flow } from "../environment.ts";
import { createResponse } from "../message/create.ts";
import type { SipRequest } from "../message/message.ts";
import type { NonInviteServerTransaction } from "../transaction/server-transaction.ts";
import type { AgentCore } from "./agent-core.ts";
import type { IncomingRequest } from "./options.ts";

/**
 * Shows a request outside any call to a handler. A transaction is made only if it is taken.
 * @param mergeKey of a request outside any dialog
 * @returns false when it was not, so that the core answers
 */
export function answerRequest(
  core: AgentCore,
  request: SipRequest,
  flow: Flow,
  handler: ((request: IncomingRequest) => void) | undefined,
  mergeKey?: string,
): boolean {
  let transaction: NonInviteServerTransaction | undefined;
  let tag: string | undefined;
  const defer = () => {
    transaction ??= core.createServer(request, flow, mergeKey);
  };
  const incoming: IncomingRequest = {
    request,
    flow,
    defer,
    respond(status, options = {}) {
      defer();
      tag ??= core.randomToken(8);
      const { reason, ...rest } = options;
      const response = createResponse(request, status, reason, { toTag: tag, ...rest });
      core.identify(response);
      transaction?.respond(response);
    },
  };
  handler?.(incoming);
  return transaction !== undefined;
}

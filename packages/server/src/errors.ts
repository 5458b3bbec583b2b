/**
 * The server's catalogue of errors. The same code stands in the log, the call record, the API and the console.
 * `status` is the HTTP status where the error answers an API request.
 */
const CATALOGUE = {
  // Start
  configuration_invalid: { status: 500, message: "The configuration has faults." },
  database_locked: { status: 500, message: "The database is in use by another process." },
  database_corrupt: { status: 500, message: "The database file is damaged." },
  database_foreign: { status: 500, message: "The database file belongs to another program." },
  database_newer: { status: 500, message: "The database was written by a newer Ringdown." },
  database_unavailable: { status: 500, message: "The database file cannot be opened." },
  tls_unusable: { status: 500, message: "Certificate or key of TLS cannot be used." },
  // Secrets at rest
  secret_unreadable: { status: 500, message: "A stored secret cannot be read: set it again." },
  secrets_unavailable: { status: 503, message: "No secret can be stored: the key file is not usable." },
  // Requests
  bad_request: { status: 400, message: "The request is not valid." },
  validation_failed: { status: 400, message: "A field of the request is not valid." },
  json_malformed: { status: 400, message: "The body is not valid JSON." },
  unauthorized: { status: 401, message: "Unauthorized Request" },
  account_forbidden: {
    status: 403,
    message: "targetAccountId names no organization and no agent that this token may act for.",
  },
  route_not_found: { status: 404, message: "There is no such route." },
  payload_too_large: { status: 413, message: "The body is larger than this server takes." },
  unsupported_media_type: { status: 415, message: "Send JSON: Content-Type: application/json." },
  too_many_requests: { status: 429, message: "Too many requests: wait a while." },
  request_timeout: { status: 408, message: "The request did not arrive in time." },
  request_header_too_large: {
    status: 431,
    message: "The request's header is larger than this server takes.",
  },
  internal_error: { status: 500, message: "Something went wrong inside; the log has the details." },
  not_ready: { status: 503, message: "Ringdown is not ready." },
  database_busy: { status: 503, message: "The database is busy: try again." },
  // Agents
  version_not_found: { status: 404, message: "The agent has no such version." },
  draft_not_found: { status: 404, message: "The agent has no draft." },
  agent_not_found: { status: 404, message: "There is no such agent." },
  username_taken: { status: 409, message: "The username is taken." },
  phone_number_taken: { status: 409, message: "The phone number belongs to another agent." },
  agents_full: { status: 409, message: "The organization has as many agents as this server takes." },
  // Tokens
  token_not_found: { status: 404, message: "There is no such token." },
  token_last: {
    status: 409,
    message: "This is the organization's last token: make another before deleting it.",
  },
  tokens_full: { status: 409, message: "The organization has as many tokens as this server takes." },
  // Users and sessions
  sign_in_failed: { status: 401, message: "Name or password is wrong." },
  session_required: { status: 401, message: "Sign in first." },
  read_only: { status: 403, message: "You may look, but not change: ask an owner." },
  origin_refused: { status: 403, message: "The request did not come from the console's own page." },
  link_invalid: {
    status: 400,
    message: "The link is no longer good: it was used, it is too old, or it was made by another node.",
  },
  password_weak: { status: 400, message: "The password is too easy to guess." },
  password_wrong: { status: 403, message: "The present password is another one." },
  user_not_found: { status: 404, message: "There is no such user." },
  user_taken: { status: 409, message: "There is a user of that name." },
  user_last_owner: { status: 409, message: "He is the last owner: make another one first." },
  users_full: { status: 409, message: "The organization has as many users as this server takes." },
  // Registrations
  registration_not_found: { status: 404, message: "The agent has no registration." },
  aor_taken: { status: 409, message: "The AOR belongs to another registration." },
  agent_required: { status: 400, message: "targetAccountId must name the agent that is meant." },
  // Outbound routes
  outbound_route_invalid: {
    status: 400,
    message: "The route does not follow the grammar of outbound routes.",
  },
  outbound_route_not_found: { status: 404, message: "There is no such outbound route." },
  outbound_route_taken: { status: 409, message: "The organization has a route that sends the same way." },
  outbound_routes_full: {
    status: 409,
    message: "The organization has as many outbound routes as this server takes.",
  },
  // Destinations
  destination_invalid: { status: 400, message: "That is nothing that can be dialled." },
  destination_not_allowed: {
    status: 403,
    message: "The organization's allowed destinations do not include that.",
  },
  // Webhooks
  webhook_invalid: { status: 400, message: "The URL of a webhook cannot be called." },
  webhook_not_found: { status: 404, message: "There is no such webhook." },
  webhooks_full: { status: 409, message: "The organization has as many webhooks as this server takes." },
  delivery_not_found: { status: 404, message: "There is no such delivery." },
  delivery_pending: { status: 409, message: "The delivery is on its way." },
  // Providers
  provider_missing: { status: 400, message: "The agent's providers are not set." },
  // Secrets that functions send along
  secret_not_found: { status: 404, message: "There is no such secret." },
  secrets_full: { status: 409, message: "The organization has as many secrets as this server takes." },
  // Chats by text
  chat_unavailable: { status: 400, message: "This agent does not chat by text." },
  chat_failed: { status: 502, message: "The agent's language model gave no answer." },
  mcp_failed: { status: 502, message: "The MCP server could not be asked for its tools." },
  // Access list
  ip_invalid: { status: 400, message: "ip is not an address or a network in CIDR form." },
  ip_too_wide: { status: 400, message: 'The network is very wide: send it again with "confirm": true.' },
  ip_not_found: { status: 404, message: "The access list has no such entry." },
  access_list_full: { status: 409, message: "The access list has as many entries as this server takes." },
  // Calls
  busy: { status: 503, message: "As many calls run as may: try again later." },
  node_draining: { status: 503, message: "Ringdown is being shut down: no new calls are made." },
  call_not_found: { status: 404, message: "There is no such call." },
  call_not_active: { status: 409, message: "The call is not active." },
  transfer_not_found: { status: 404, message: "The call is not being transferred." },
  transfer_under_way: { status: 409, message: "The call is being transferred already." },
  captures_not_found: {
    status: 404,
    message: "There are no SIP messages for that Call-ID: they are kept for RINGDOWN_CAPTURE_DAYS days.",
  },
  recording_not_found: { status: 404, message: "The call has no recording." },
  message_not_found: { status: 404, message: "The call has no such message." },
  range_not_satisfiable: { status: 416, message: "The range lies outside the recording." },
  cursor_invalid: { status: 400, message: "after is not a cursor that this server gave." },
  // Tasks
  task_not_found: { status: 404, message: "There is no such task." },
  task_not_pending: { status: 409, message: "The task is pending no more: it can only be canceled." },
  task_over: { status: 409, message: "The task is over." },
  tasks_full: { status: 409, message: "The organization has as many pending tasks as this server takes." },
  idempotency_conflict: {
    status: 409,
    message: "This Idempotency-Key was used for another request: give each request a key of its own.",
  },
  csv_invalid: { status: 400, message: "The CSV cannot be read." },
  // Organizations
  organization_not_found: { status: 404, message: "There is no such organization." },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof CATALOGUE;

export interface AppErrorOptions {
  /** A sentence for a person; the catalogue's own where left out. */
  message?: string;
  cause?: unknown;
}

/** An error with a stable code, a status and a sentence that may be shown to anyone. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** HTTP status. */
  readonly status: number;

  constructor(code: ErrorCode, options: AppErrorOptions | string = {}) {
    const given = typeof options === "string" ? { message: options } : options;
    super(
      given.message ?? CATALOGUE[code].message,
      given.cause === undefined ? undefined : { cause: given.cause },
    );
    this.name = "AppError";
    this.code = code;
    this.status = CATALOGUE[code].status;
  }
}

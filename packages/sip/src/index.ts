export { type AuthenticationInfo, parseAuthenticationInfo } from "./auth/authentication-info.ts";
export { type DigestChallenge, parseChallenges, serialiseChallenge } from "./auth/challenge.ts";
export { type DigestCredentials, parseCredentials, serialiseCredentials } from "./auth/credentials.ts";
export type { DigestAlgorithm, Qop } from "./auth/digest.ts";
export {
  type AuthRefusal,
  type ChallengeOutcome,
  type Credentials,
  type CredentialsFor,
  DigestClient,
  type DigestExchange,
} from "./auth/digest-client.ts";
export {
  type Account,
  type AuthFault,
  DigestServer,
  type DigestServerOptions,
  type Verdict,
} from "./auth/digest-server.ts";
export { Dialog } from "./dialog/dialog.ts";
export type { Environment, Flow, SendTarget, TransportName } from "./environment.ts";
export {
  type PartialRequest,
  SipParseError,
  type SipParseErrorCode,
  SipTransportError,
  type SipTransportErrorCode,
  SipUserAgentError,
  type SipUserAgentErrorCode,
} from "./errors.ts";
export { type AlertInfo, alertInfo, type CallInfo, callInfo } from "./header/call-info.ts";
export { type Diversion, diversions } from "./header/diversion.ts";
export { type Event, event, type SubscriptionState, subscriptionState } from "./header/event.ts";
export { type HistoryEntry, historyInfo } from "./header/history-info.ts";
export {
  assertedIdentities,
  preferredIdentities,
  type RemotePartyId,
  remotePartyIds,
} from "./header/identity.ts";
export { privacy } from "./header/privacy.ts";
export { type Reason, reasons } from "./header/reason.ts";
export { type ReferredBy, type ReferTo, referredBy, referTo, serialiseReferTo } from "./header/refer-to.ts";
export {
  parseReplaces,
  type Replaces,
  replaces,
  serialiseReplaces,
  type TargetDialog,
  targetDialog,
} from "./header/replaces.ts";
export { path, serviceRoute } from "./header/service-route.ts";
export { parseSipfrag, type StatusFragment, serialiseSipfrag, sipfragType } from "./header/sipfrag.ts";
export { type UriHeaders, uriHeaders } from "./header/uri-headers.ts";
export { type DtmfInfo, dtmfRelayType, parseDtmfInfo, serialiseDtmfRelay } from "./info/dtmf-info.ts";
export { describeTrace } from "./locate/describe-trace.ts";
export type {
  AddressRecord,
  AliasRecord,
  DnsAnswer,
  DnsAnswerSource,
  DnsFailureReason,
  DnsQuestion,
  DnsRecord,
  NaptrRecord,
  SrvRecord,
} from "./locate/dns.ts";
export { DnsCache, type DnsCacheOptions } from "./locate/dns-cache.ts";
export type {
  Located,
  LocatedTarget,
  LocateFailure,
  LocateFailureCode,
  LocateRequest,
  LocateTraceEntry,
  LocateTransport,
} from "./locate/located.ts";
export {
  createLocator,
  type LocateResult,
  type Locator,
  type LocatorOptions,
  type SkippedTarget,
} from "./locate/locator.ts";
export { type SelectionStep, selectServers } from "./locate/select-servers.ts";
export {
  type TargetFailure,
  TargetHealth,
  type TargetHealthOptions,
  type TargetKey,
  type TargetState,
} from "./locate/target-health.ts";
export { createRequest, createResponse } from "./message/create.ts";
export { Headers } from "./message/headers.ts";
export {
  callId,
  contacts,
  contentLength,
  cseq,
  from,
  maxForwards,
  recordRoutes,
  routes,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  to,
  topVia,
  vias,
} from "./message/message.ts";
export { type NameAddr, parseNameAddr, serialiseNameAddr } from "./message/name-addr.ts";
export { noParams, type Params, paramText, withParam } from "./message/params.ts";
export { defaultParseLimits, type ParseLimits, parseMessage } from "./message/parse.ts";
export { reasonPhrase } from "./message/reason-phrases.ts";
export { serialiseMessage } from "./message/serialise.ts";
export { type FramedOutput, StreamFramer } from "./message/stream-framer.ts";
export {
  isSipUri,
  isTelUri,
  type OtherUri,
  parseUri,
  type SipUri,
  serialiseUri,
  stripVisualSeparators,
  type TelUri,
  type Uri,
} from "./message/uri.ts";
export { parseVia, serialiseVia, type Via } from "./message/via.ts";
export type {
  IncomingRefer,
  LoneReferOptions,
  OutgoingRefer,
  ReferOptions,
  ReferOutcome,
} from "./refer/refer.ts";
export { Registration } from "./registration/registration.ts";
export { RegistrationRunner, type RunnerOptions } from "./registration/registration-runner.ts";
export type {
  Address,
  RegistrationChanges,
  RegistrationConfig,
  RegistrationFault,
  RegistrationInput,
  RegistrationOptions,
  RegistrationOutput,
  RegistrationState,
} from "./registration/registration-types.ts";
export { createSipStack, type SipStack, type SipStackOptions } from "./stack.ts";
export {
  type DialogInfo,
  parseDialogInfo,
  type WatchedDialog,
  type WatchedParty,
} from "./subscription/dialog-info.ts";
export { DialogTable } from "./subscription/dialog-table.ts";
export {
  type MessageCounts,
  type MessageSummary,
  parseMessageSummary,
} from "./subscription/message-summary.ts";
export { Subscription } from "./subscription/subscription.ts";
export { SubscriptionRunner, type SubscriptionRunnerOptions } from "./subscription/subscription-runner.ts";
export type {
  Notification,
  SubscriptionChanges,
  SubscriptionConfig,
  SubscriptionFault,
  SubscriptionInput,
  SubscriptionOptions,
  SubscriptionOutput,
  SubscriptionStatus,
} from "./subscription/subscription-types.ts";
export { SystemLocator, type SystemLocatorOptions } from "./system-locator.ts";
export { targetKey } from "./target-key.ts";
export { DnsClient, type DnsClientOptions } from "./transport/dns-client.ts";
export { createEnvironment } from "./transport/environment.ts";
export {
  type CertificateOptions,
  issueCertificate,
  type KeyedCertificate,
} from "./transport/issue-certificate.ts";
export { localAddressFor } from "./transport/local-address.ts";
export type { HandshakeFailure, TransportCounters, TransportOptions } from "./transport/options.ts";
export { certificateNames } from "./transport/peer-names.ts";
export { type Listener, SipTransport } from "./transport/sip-transport.ts";
export type { TlsOptions } from "./transport/tls-endpoint.ts";
export type {
  CallLeg,
  Fork,
  HangUpOptions,
  IncomingCall,
  InviteOptions,
  LegEnded,
  OutgoingCall,
  ReinviteAnswer,
  ReinviteReply,
  RingOptions,
} from "./user-agent/call.ts";
export { ClientRequest, type ClientResult, type RequestOptions } from "./user-agent/client-request.ts";
export type {
  Counters,
  IncomingRequest,
  TraceEvent,
  UserAgentLimits,
  UserAgentOptions,
} from "./user-agent/options.ts";
export { type RateVerdict, SourceRate } from "./user-agent/source-rate.ts";
export { type StateSize, UserAgent } from "./user-agent/user-agent.ts";

/** Some of the SIP messages of one Call-ID. */
export interface CapturePart {
  organizationId: string;
  sipCallId: string;
  callId: string;
  /** Epoch milliseconds of the first message. */
  at: number;
  /** Base64 of deflated JSON. */
  data: string;
}

export interface CaptureRepository {
  add(parts: readonly CapturePart[]): Promise<void>;
  /** In order of time. */
  read(organizationId: string, sipCallIds: readonly string[]): Promise<CapturePart[]>;
  /** Forgets those older than that, some thousands at once. @param before epoch milliseconds */
  prune(before: number): Promise<void>;
}

/**
 * The one way out (design decision 12): HTTP to TikTok and to addresses that TikTok names.
 * Allow-listed hosts, private addresses refused after DNS, no cross-host redirects, deadlines, bounded bodies.
 */

export interface EgressRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  readonly bodyBytesMax: number;
}

export interface EgressResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Egress {
  /** Throws `EGRESS_REFUSED` (host, address or redirect not allowed), `TIKTOK_UNREACHABLE` (retryable), or the signal's reason. Query strings are in no message. */
  request(request: EgressRequest): Promise<EgressResponse>;
  close(): Promise<void>;
}

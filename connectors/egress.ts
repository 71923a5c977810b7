/**
 * The one way out: HTTP to TikTok and to addresses that TikTok names.
 * Allow-listed hosts, private addresses refused after DNS, no cross-host redirects, deadlines, bounded bodies.
 */
import { isIP } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { HubError } from '../policy/errors.ts';
import { isPublicAddress, publicLookup } from './public-address.ts';

export interface EgressRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  readonly bodyBytesMax: number;
  /** Receives the body as it arrives; the response's is empty then. */
  readonly onChunk?: (chunk: Buffer) => void;
}

export interface EgressResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Egress {
  /**
   * Throws `EGRESS_REFUSED` (host, address or redirect not allowed), `TIKTOK_ANSWER_TOO_LARGE`,
   * `TIKTOK_UNREACHABLE` (retryable), or the signal's reason. Query strings and headers are in no message.
   */
  request(request: EgressRequest): Promise<EgressResponse>;
  close(): Promise<void>;
}

export interface EgressOptions {
  /** Names of hosts that may be called, by HTTPS on its usual port. */
  readonly allowedHosts: readonly string[];
  /** The sandbox of a demo folder: this very origin may be private and without TLS. */
  readonly exactOrigin?: string;
}

export function createEgress(options: EgressOptions): Egress {
  // Deadlines are counted here, over the whole answer; undici's own are per step.
  const agentOptions = { headersTimeout: 0, bodyTimeout: 0, connections: 64 };
  const guarded = new Agent({ ...agentOptions, connect: { lookup: publicLookup } });
  const sandbox = new Agent(agentOptions);
  const exactOrigin = options.exactOrigin && new URL(options.exactOrigin).origin;

  return {
    async request(request) {
      const { url } = request;
      const exact = url.origin === exactOrigin;
      if (!exact) assertAllowed(url, options.allowedHosts);
      return withDeadline(request, async (signal) => {
        const agent = (exact ? sandbox : guarded).compose(askBeforeSending(request.signal));
        const answer = await agent.request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: request.headers ?? {},
          body: request.body ?? null,
          signal,
        });
        const headers = flatten(answer.headers);
        // Not read when the next line throws; destroyed it would otherwise report an error to nobody.
        answer.body.on('error', () => {});
        try {
          assertNoWayOff(url, answer.statusCode, headers.location);
        } catch (error) {
          answer.body.destroy();
          throw error;
        }
        const body = await readBody(answer.body, request);
        return { status: answer.statusCode, headers, body };
      });
    },
    async close() {
      await Promise.all([guarded.destroy(), sandbox.destroy()]);
    },
  };
}

/**
 * Asks the caller's signal again right before bytes are written: a process that was stopped while it connected
 * sends nothing once it goes on, though no timer of it has fired yet.
 */
function askBeforeSending(
  signal: AbortSignal | undefined,
): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        if (signal?.aborted) controller.abort(signal.reason);
        else handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    });
}

function assertAllowed(url: URL, allowedHosts: readonly string[]): void {
  const address = url.hostname.replace(/^\[|\]$/g, '');
  // An address in place of a name is never looked up, so it is judged here.
  const allowed =
    url.protocol === 'https:' &&
    allowedHosts.includes(url.host) &&
    (isIP(address) === 0 || isPublicAddress(address));
  if (!allowed) throw refused(`${url.protocol}//${url.host} is not on the list of allowed hosts`);
}

/** Redirects are never followed; one to another host is refused, one on the same host is an answer. */
function assertNoWayOff(url: URL, status: number, location: string | undefined): void {
  if (status < 300 || status > 399 || location === undefined) return;
  const target = URL.parse(location, url.href);
  if (target?.origin !== url.origin) {
    throw refused(`${url.host} redirects to ${target?.host ?? 'an unreadable address'}`);
  }
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
  { url, bodyBytesMax, onChunk }: EgressRequest,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const take = onChunk ?? ((chunk: Buffer) => void chunks.push(chunk));
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) {
      throw new HubError(
        'TIKTOK_ANSWER_TOO_LARGE',
        `An answer of ${url.host} is larger than ${bodyBytesMax} bytes.`,
        { details: { host: url.host, bodyBytesMax } },
      );
    }
    take(chunk);
  }
  return Buffer.concat(chunks);
}

/** Ends the call at the deadline or when the caller aborts, and tells the two apart. */
async function withDeadline<T>(
  { url, deadlineMs, signal }: EgressRequest,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  const abort = () => ending.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abort();
  }, deadlineMs);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await work(ending.signal);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof HubError) throw error;
    throw unreachable(url, late ? `no answer within ${deadlineMs} ms` : reasonOf(error));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** The code only: undici's errors can carry pieces of the answer. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'the connection broke';
}

const refused = (what: string): HubError =>
  new HubError('EGRESS_REFUSED', `Not sent: ${what}.`, { details: { what } });

const unreachable = (url: URL, reason: string): HubError =>
  new HubError('TIKTOK_UNREACHABLE', `${url.host} could not be reached: ${reason}.`, {
    details: { host: url.host, reason },
  });

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

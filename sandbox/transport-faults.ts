/** Faults that keep a call from an API altogether, on either face. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultKind, FaultRule } from './ads/faults.ts';

export interface TransportFaults {
  take(kind: FaultKind): FaultRule | null;
  /** With the HTTP status that is sent; 0 for none. */
  log(httpStatus: number): void;
}

/** @returns the reply when the call ends here, else null. */
export async function breakTransport(
  request: FastifyRequest,
  reply: FastifyReply,
  faults: TransportFaults,
): Promise<FastifyReply | null> {
  const slow = faults.take('slow');
  if (slow) await delay(slow.delayMs ?? 1000, undefined, { ref: false });
  if (faults.take('reset')) {
    faults.log(0);
    request.raw.socket.destroy();
    return reply.hijack();
  }
  const redirect = faults.take('redirect');
  if (redirect) {
    faults.log(302);
    return reply.redirect(redirect.location ?? 'http://elsewhere.invalid/', 302);
  }
  const http = faults.take('http');
  if (!http) return null;
  const status = http.status ?? 502;
  faults.log(status);
  const page = `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`;
  return reply.code(status).type('text/html').send(page);
}

/** Ends the connection of a call that was carried out. The caller hijacks the reply. */
export function loseAnswer(request: FastifyRequest, take: TransportFaults['take']): boolean {
  if (!take('lost-answer')) return false;
  request.raw.socket.destroy();
  return true;
}

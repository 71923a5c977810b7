/** How the Shop API answers: one envelope for success and failure, HTTP 200 unless a refusal says otherwise. */
import { newRequestId } from '../ads/answers.ts';

/** An answer with a code other than 0. */
export class ShopRefusal extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, message: string, status = 200) {
    super(message);
    this.name = 'ShopRefusal';
    this.code = code;
    this.status = status;
  }
}

/** Shared by a dozen cases; only the message tells them apart. */
export const invalidRequest = (message: string) => new ShopRefusal(36_009_004, message);

export { newRequestId };

export function shopEnvelope(requestId: string, data: unknown): string {
  return JSON.stringify({ code: 0, message: 'Success', request_id: requestId, data });
}

export function shopRefusalEnvelope(requestId: string, { code, message }: ShopRefusal): string {
  return JSON.stringify({ code, message, request_id: requestId });
}

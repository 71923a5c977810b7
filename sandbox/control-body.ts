/** Bodies of the sandbox's own routes. */

/** A body that cannot be read as what the route takes. */
export class BadControl extends Error {
  readonly statusCode = 400;
}

/** The sender is our own test or demo; what is wrong with a body shows as an error of the part that reads it. */
export function bodyOf<T>(body: unknown): T {
  try {
    return JSON.parse(typeof body === 'string' && body !== '' ? body : '{}') as T;
  } catch {
    throw new BadControl('The body is not valid JSON.');
  }
}

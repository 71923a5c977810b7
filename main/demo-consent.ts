/**
 * Gives the demo workspace its accounts, the way a person would: asks the hub for a consent, fills in the
 * sandbox's consent page with every account (of shops: the first seller's), and follows TikTok's redirect back with the browser's cookie.
 */
export interface DemoConsentInput {
  /** Where the hub listens, with a trailing slash. */
  readonly hub: URL;
  readonly bearerToken: string;
  readonly workspaceId: string;
  readonly platform: 'tiktok-ads' | 'tiktok-shop';
}

/** @returns the id of the new authorisation. Throws when any step is answered otherwise than a browser expects. */
export async function giveDemoConsent(input: DemoConsentInput): Promise<string> {
  const begun = await fetch(new URL('api/v1/authorisations', input.hub), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${input.bearerToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ platform: input.platform, workspaceId: input.workspaceId }),
  });
  expectStatus(begun, [200, 201], 'asking for a consent');
  const { consentUrl } = (await begun.json()) as { consentUrl: string };
  const cookie = begun.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');

  const redirect = await allowEverything(consentUrl);
  const callback = await fetch(redirect, { headers: { cookie }, redirect: 'manual' });
  expectStatus(callback, [302, 303], 'TikTok’s redirect back');
  const id = callback.headers.get('location')?.match(/authorisations\/([0-9a-f-]+)/)?.[1];
  if (id === undefined) throw new Error('The callback named no authorisation.');
  return id;
}

async function allowEverything(consentUrl: string): Promise<string> {
  const page = await fetch(consentUrl);
  expectStatus(page, [200], 'the consent page');
  const html = await page.text();
  const form = new URLSearchParams();
  for (const [tag] of html.matchAll(/<(?:input|button)\b[^>]*>/g)) {
    const name = attribute(tag, 'name');
    const type = attribute(tag, 'type');
    const value = attribute(tag, 'value');
    if (type === 'radio' && !/\schecked\b/.test(tag)) continue;
    const isButton = tag.startsWith('<button') || type === 'submit';
    if (name !== undefined && (!isButton || /allow|accept|confirm/i.test(value ?? ''))) {
      form.append(name, value ?? '');
    }
  }
  const action = html.match(/<form\b[^>]*>/)?.[0];
  const target = new URL(attribute(action ?? '', 'action') ?? consentUrl, consentUrl);
  const allowed = await fetch(target, { method: 'POST', body: form, redirect: 'manual' });
  expectStatus(allowed, [302, 303], 'the consent');
  return allowed.headers.get('location')!;
}

function attribute(tag: string, name: string): string | undefined {
  const value = tag.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1];
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function expectStatus(response: Response, statuses: readonly number[], step: string): void {
  if (!statuses.includes(response.status)) {
    throw new Error(`The demo consent failed at ${step}: HTTP ${response.status}.`);
  }
}

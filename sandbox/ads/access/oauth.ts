/** From auth_code to token, what a token reaches, and giving it back. */
import { Refusal } from '../answers.ts';
import type { AdsContext, Endpoint } from '../endpoint.ts';
import { listReply } from '../endpoint.ts';
import type { Parameters } from '../parameters.ts';

function checkApp(
  parameters: Parameters,
  context: AdsContext,
  names: { id: string; secret: string } = { id: 'app_id', secret: 'secret' },
): void {
  const appId = parameters.required(names.id);
  const secret = parameters.required(names.secret);
  if (appId !== context.app.appId || secret !== context.app.secret) {
    throw new Refusal(40101, 'App id or secret is incorrect.');
  }
}

const exchangeCode: Endpoint = {
  method: 'POST',
  path: 'oauth2/access_token/',
  needsToken: false,
  scope: null,
  answer({ parameters }, context) {
    checkApp(parameters, context);
    const code = parameters.required('auth_code');
    const withAdvertisers = parameters.boolean('return_advertiser_ids', true);
    const grant = context.authorisations.exchange(code);
    const advertisers = withAdvertisers ? { advertiser_ids: grant.advertiserIds } : {};
    const data = { access_token: grant.accessToken, ...advertisers, scope: grant.scopes };
    return { data: JSON.stringify(data) };
  },
};

const exchangeCodeFlat: Endpoint = {
  method: 'POST',
  path: 'oauth/token/',
  needsToken: false,
  scope: null,
  answer({ parameters }, context) {
    checkApp(parameters, context, { id: 'client_id', secret: 'client_secret' });
    parameters.oneOf('grant_type', ['authorization_code']);
    const grant = context.authorisations.exchange(parameters.required('code'));
    const beside = {
      access_token: grant.accessToken,
      token_type: 'Bearer',
      advertiser_ids: grant.advertiserIds,
      scope: grant.scopes,
    };
    return { beside };
  },
};

const revokeToken: Endpoint = {
  method: 'POST',
  path: 'oauth2/revoke_token/',
  needsToken: false,
  scope: null,
  answer({ parameters }, context) {
    checkApp(parameters, context);
    const grant = context.authorisations.find(parameters.required('access_token'));
    if (!grant) throw new Refusal(40105, 'Access token is incorrect or has been revoked.');
    context.authorisations.revoke(grant);
    const data = { app_id: context.app.appId, advertiser_ids: grant.advertiserIds };
    return { data: JSON.stringify(data) };
  },
};

const listAdvertisers: Endpoint = {
  method: 'GET',
  path: 'oauth2/advertiser/get/',
  needsToken: true,
  scope: 100,
  answer({ parameters, grant }, { world, ...context }) {
    checkApp(parameters, { world, ...context });
    const reachable = world.accounts.filter((account) =>
      grant?.advertiserIds.includes(account.advertiserId),
    );
    return listReply(
      reachable.map(({ advertiserId, name }) => ({
        advertiser_id: advertiserId,
        advertiser_name: name,
      })),
    );
  },
};

const userInfo: Endpoint = {
  method: 'GET',
  path: 'user/info/',
  needsToken: true,
  scope: null,
  answer(_call, context) {
    const data = {
      core_user_id: context.app.appId,
      display_name: 'Sandbox user',
      email: 's***********@**********',
      avatar_url: '',
      create_time: 1_600_000_000,
    };
    return { data: JSON.stringify(data) };
  },
};

export const oauthEndpoints: readonly Endpoint[] = [
  exchangeCode,
  exchangeCodeFlat,
  revokeToken,
  listAdvertisers,
  userInfo,
];

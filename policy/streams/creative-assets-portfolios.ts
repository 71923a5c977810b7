import { adsListStream, signedAddress } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';

export const creativeAssetsPortfolios = adsListStream({
  name: 'creative_assets_portfolios',
  meaning: 'Sets of buttons, cards and badges that ads can carry.',
  key: ['creative_portfolio_id'],
  scope: '6110100',
  request: { endpoint: 'creative/portfolio/list/', rows: 'creative_portfolios', pageSize: 100 },
  fields: fieldsOf('ads.creative', 'advertiser', {
    creative_portfolio_id: ['id', 'Portfolio.'],
    creative_portfolio_type: ['text', 'What it holds: buttons, cards, badges.'],
  }),
  dropped: [{ source: 'creative_portfolio_preview_url', reason: signedAddress }],
});

import { entityStream, fieldsOf } from '../entity-stream.ts';

const contact = 'A person’s contact: no report needs it.';
const licence = 'Names a sole trader; no report needs it.';

export const advertisers = entityStream({
  name: 'advertisers',
  meaning: 'The ad account itself.',
  key: ['advertiser_id'],
  scope: '100',
  request: { kind: 'account', endpoint: 'advertiser/info/' },
  fields: [
    ...fieldsOf('account.identity', 'advertiser', {
      advertiser_id: ['id', 'Ad account.'],
      name: ['text', 'Name of the ad account.'],
      owner_bc_id: ['text', 'Business Center that owns the account.'],
      company: ['text', 'Company that advertises.'],
      brand: ['text', 'Brand that advertises.'],
      description: ['text', 'What the account says about the brand.'],
    }),
    ...fieldsOf('account.settings', 'advertiser', {
      status: ['text', 'Whether the account may deliver.'],
      role: ['text', 'Kind of account: advertiser, agency, child.'],
      rejection_reason: ['text', 'Why TikTok limits the account, and until when.'],
      timezone: ['text', 'Time zone of the account; days and hours of reports are in it.'],
      display_timezone: ['text', 'The same as Region/City.'],
      company_name_editable: ['boolean', 'Whether the company’s name may be changed.'],
      industry: ['text', 'TikTok’s id of the industry.'],
      country: ['text', 'Country of the account.'],
      advertiser_account_type: ['text', 'How ads are bought: auction or reservation.'],
      currency: ['text', 'Currency of every amount of the account.'],
      language: ['text', 'Language of the account.'],
      license_province: ['text', 'Province of the business licence.'],
      license_city: ['text', 'City of the business licence.'],
      promotion_area: ['text', 'Area in which the account promotes.'],
      promotion_center_province: ['text', 'Province of the promotion centre.'],
      promotion_center_city: ['text', 'City of the promotion centre.'],
      create_time: ['instant', 'When the account was made.'],
    }),
    ...fieldsOf('account.finance', 'advertiser', {
      balance: ['money', 'Money left on the account.', 'account currency'],
    }),
  ],
  dropped: [
    { source: 'contacter', reason: contact },
    { source: 'email', reason: contact },
    { source: 'cellphone_number', reason: contact },
    { source: 'telephone_number', reason: contact },
    { source: 'address', reason: contact },
    { source: 'license_no', reason: licence },
    { source: 'license_url', reason: 'A picture of the licence, signed for one hour.' },
  ],
});

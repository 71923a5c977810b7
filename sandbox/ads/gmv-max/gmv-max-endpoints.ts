/** GMV Max, where ads meet the shop: stores, their products, campaigns, reports. */
import { utcText } from '../../calendar.ts';
import type { Product, Shop } from '../../shop/world.ts';
import { badParameter } from '../answers.ts';
import { type Asked, askedOf, listing } from '../creatives/listing.ts';
import type { AdsContext, Endpoint } from '../endpoint.ts';
import { gmvMaxReport } from './gmv-max-report.ts';
import {
  campaignsOf,
  exclusiveAccount,
  type GmvCampaign,
  ownerBusinessCenter,
  shopsOfAccount,
  storeOf,
} from './stores.ts';

const dayMs = 86_400_000;
const storeScope = 19_000_000;
const campaignScope = 200;

const storeRecord = (shop: Shop) => ({
  store_id: shop.id,
  store_name: shop.name,
  store_code: shop.code,
  store_status: 'ACTIVE',
  store_role: 'AD_PROMOTION',
  store_type: 'TIKTOK_SHOP',
  store_authorized_bc_id: ownerBusinessCenter,
  targeting_region_codes: [shop.region],
});

/** Not in pages. */
const gmvMaxStores: Endpoint = {
  ...{ method: 'GET', path: 'gmv_max/store/list/', needsToken: true, scope: storeScope },
  answer({ parameters }, context) {
    const { account, index } = askedOf(parameters, context);
    const store_list = shopsOfAccount(index, context).map((shop) => {
      const exclusive = exclusiveAccount(shop, context);
      return {
        ...storeRecord(shop),
        is_gmv_max_available: exclusive === account,
        is_owner_bc: true,
        thumbnail_url: context.images.addressOf(shop.id, 'thumb'),
        exclusive_authorized_advertiser_info: {
          advertiser_id: exclusive.advertiserId,
          advertiser_name: exclusive.name,
          advertiser_status: 'STATUS_ENABLE',
        },
      };
    });
    return { data: JSON.stringify({ store_list }) };
  },
};

const stores: Endpoint = {
  ...{ method: 'GET', path: 'store/list/', needsToken: true, scope: storeScope },
  answer({ parameters }, context) {
    const { index } = askedOf(parameters, context);
    return { data: JSON.stringify({ stores: shopsOfAccount(index, context).map(storeRecord) }) };
  },
};

/** A product as ads see it; `item_group_id` is its id in the shop. */
function storeProduct(product: Product, shop: Shop, { images }: AdsContext) {
  const prices = [...product.offers.values()].map(({ salePrice }) => Number(salePrice));
  return {
    item_group_id: product.id,
    store_id: shop.id,
    title: product.content.title,
    product_image_url: images.addressOf(product.content.imageUris[0] ?? product.id),
    min_price: String(Math.min(...prices)),
    max_price: String(Math.max(...prices)),
    currency: shop.currency,
    category: product.content.categoryId,
    historical_sales: 0,
    status: product.status === 'ACTIVATE' ? 'AVAILABLE' : 'NOT_AVAILABLE',
    gmv_max_ads_status: 'OCCUPIED',
  };
}

function allCampaigns({ index, context }: Asked): readonly GmvCampaign[] {
  return shopsOfAccount(index, context).flatMap((shop) => campaignsOf(index, shop, context));
}

function campaignRecord(campaign: GmvCampaign, { account, context }: Asked) {
  const startsMs = context.world.startsAt.getTime() - 90 * dayMs;
  return {
    advertiser_id: account.advertiserId,
    campaign_id: campaign.id,
    campaign_name: campaign.name,
    operation_status: 'ENABLE',
    secondary_status: 'CAMPAIGN_STATUS_ENABLE',
    objective_type: 'PRODUCT_SALES',
    store_id: campaign.shop.id,
    shopping_ads_type: campaign.type,
    roi_protection_compensation_status: 'NOT_ELIGIBLE',
    schedule_type: 'SCHEDULE_FROM_NOW',
    schedule_start_time: utcText(startsMs),
    create_time: utcText(startsMs),
    modify_time: utcText(startsMs),
  };
}

/** The filter names types as `PRODUCT_GMV_MAX` and `LIVE_GMV_MAX`. */
function campaignRows(asked: Asked) {
  const types = asked.parameters.object('filtering').gmv_max_promotion_types;
  if (!Array.isArray(types) || types.length === 0) {
    throw badParameter('filtering: gmv_max_promotion_types is required.');
  }
  return allCampaigns(asked)
    .filter(({ type }) => types.some((one) => String(one).startsWith(type)))
    .map((campaign) => campaignRecord(campaign, asked));
}

const campaignInfo: Endpoint = {
  ...{ method: 'GET', path: 'campaign/gmv_max/info/', needsToken: true, scope: campaignScope },
  answer({ parameters }, context) {
    const asked = askedOf(parameters, context);
    const id = parameters.required('campaign_id');
    const campaign = allCampaigns(asked).find((one) => one.id === id);
    if (!campaign) throw badParameter('campaign_id: The campaign does not exist.');
    const data = {
      ...campaignRecord(campaign, asked),
      store_authorized_bc_id: ownerBusinessCenter,
      product_specific_type: 'CUSTOMIZED_PRODUCTS',
      item_group_ids: campaign.products.map((product) => product.id),
      optimization_goal: 'VALUE',
      deep_bid_type: 'VO_MIN_ROAS',
      roas_bid: 2 + (campaign.seed % 40) / 10,
      budget: 100 + (campaign.seed % 400),
    };
    return { data: JSON.stringify(data) };
  },
};

export const gmvMaxEndpoints: readonly Endpoint[] = [
  gmvMaxStores,
  stores,
  listing({
    ...{ path: 'store/product/get/', scope: storeScope, under: 'store_products' },
    ...{ pageSizeMax: 100, pageSize: 10 },
    rows({ parameters, index, context }) {
      parameters.required('bc_id');
      const shop = storeOf(index, parameters.required('store_id'), context);
      const products = context.shops?.productsOf(shop.id) ?? [];
      return products
        .filter(({ status }) => status !== 'DELETED')
        .map((product) => storeProduct(product, shop, context));
    },
  }),
  listing({
    ...{ path: 'gmv_max/campaign/get/', scope: campaignScope, pageSizeMax: 100, pageSize: 10 },
    rows: campaignRows,
  }),
  campaignInfo,
  gmvMaxReport,
];

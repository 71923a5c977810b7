import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream, under } from '../shop-stream.ts';

export const shopProducts = shopListStream({
  name: 'shop_products',
  meaning: 'Products of the shop, deleted ones too.',
  key: ['product_id'],
  scope: 'seller.product.basic',
  request: {
    method: 'POST',
    path: '/product/202502/products/search',
    rows: 'products',
    body: { status: 'ALL' },
    pageSize: 100,
    window: { filter: 'update_time', in: 'body', until: 'le' },
  },
  windowDaysMax: 30,
  settles: { days: 0, pollMinutes: 30 },
  fields: [
    ...renamed(
      { id: 'product_id' },
      fieldsOf('product.listing', 'seller', {
        id: ['id', 'Product.'],
        title: ['text', 'Title.'],
        status: ['text', 'Draft, pending, activated, deactivated, frozen, deleted.'],
        create_time: ['instant', 'When it was made.'],
        update_time: ['instant', 'When it was last changed.'],
        sales_regions: ['json', 'Countries that it is sold in.'],
        is_not_for_sale: ['boolean', 'Whether it is only given along.'],
        has_draft: ['boolean', 'Whether an unpublished change exists.'],
        listing_quality_tier: ['text', 'TikTok’s judgement of the listing.'],
        recommended_categories: ['json', 'Categories that TikTok would rather see.'],
        integrated_platform_statuses: ['json', 'State on other platforms.'],
        product_families: ['json', 'Families that it belongs to.'],
        product_sync_fail_reasons: ['json', 'Why it could not be copied to other platforms.'],
      }),
    ),
    ...under(
      'audit',
      renamed(
        { status: 'audit_status' },
        fieldsOf('product.listing', 'seller', {
          status: ['text', 'State of TikTok’s review.'],
          pre_approved_reasons: ['json', 'Why it was let through before its review.'],
        }),
      ),
    ),
  ],
});

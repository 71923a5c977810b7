import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream, under } from '../shop-stream.ts';

export const shopInventory = shopListStream({
  name: 'shop_inventory',
  meaning: 'Stock of each unit of sale in each warehouse.',
  key: ['sku_id', 'warehouse_id'],
  scope: 'seller.product.basic',
  request: {
    method: 'POST',
    path: '/product/202309/inventory/search',
    rows: 'inventory.skus.warehouse_inventory',
    per: { stream: 'shop_products', idsPerCall: 100, name: 'product_ids', in: 'body', time: null },
  },
  fields: [
    ...fieldsOf('product.stock', 'seller', {
      warehouse_id: ['id', 'Warehouse.'],
      available_quantity: ['count', 'Units that can be sold.', 'units'],
      committed_quantity: ['count', 'Units that are ordered and not sent yet.', 'units'],
    }),
    ...under(
      '^',
      renamed(
        { id: 'sku_id' },
        fieldsOf('product.stock', 'seller', {
          id: ['id', 'Unit of sale.'],
          seller_sku: ['text', 'The seller’s own number of it.'],
          total_available_quantity: ['count', 'Units that can be sold, all warehouses.', 'units'],
          total_committed_quantity: ['count', 'Units that are ordered, all warehouses.', 'units'],
          total_available_inventory_distribution: ['json', 'Units set aside for campaigns.'],
        }),
      ),
    ),
    ...under('^.^', fieldsOf('product.stock', 'seller', { product_id: ['id', 'Product.'] })),
  ],
});

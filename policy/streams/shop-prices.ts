import { fieldsOf } from '../entity-stream.ts';
import { partOf, renamed, under } from '../shop-stream.ts';
import { shopProducts } from './shop-products.ts';

const price = 'currency of the row';

export const shopPrices = partOf(shopProducts, {
  name: 'shop_prices',
  meaning: 'What each unit of sale costs, as it was known on each day.',
  key: ['sku_id'],
  rows: 'skus',
  fields: [
    ...renamed(
      { id: 'sku_id' },
      fieldsOf('product.price', 'seller', { id: ['id', 'Unit of sale.'] }),
    ),
    ...under(
      '^',
      renamed(
        { id: 'product_id' },
        fieldsOf('product.price', 'seller', { id: ['id', 'Product.'] }),
      ),
    ),
    ...under(
      'price',
      fieldsOf('product.price', 'seller', {
        currency: ['text', 'Currency of its prices.'],
        sale_price: ['money', 'Price with tax.', price],
        tax_exclusive_price: ['money', 'Price without tax.', price],
      }),
    ),
    ...under(
      'list_price',
      renamed(
        { amount: 'list_price', currency: 'list_price_currency' },
        fieldsOf('product.price', 'seller', {
          amount: ['money', 'Recommended price.', 'list_price_currency'],
          currency: ['text', 'Currency of the recommended price.'],
        }),
      ),
    ),
    ...fieldsOf('product.price', 'seller', {
      external_list_prices: ['json', 'Prices of it elsewhere.'],
    }),
  ],
});

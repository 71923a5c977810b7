import { z } from 'zod';
import { shopProducts } from '../../../policy/streams/shop-products.ts';
import { shopSkus } from '../../../policy/streams/shop-skus.ts';
import { recordSchema, recordsQuery } from '../../shop-records.ts';

export const ProductsQuery = recordsQuery(shopProducts);

export const ProductSummary = recordSchema(shopProducts, false).meta({ id: 'ProductSummary' });

export const Product = recordSchema(shopProducts, true)
  .extend({ skus: z.array(recordSchema(shopSkus, true)) })
  .meta({ id: 'Product', description: 'Structures are JSON texts, as TikTok sent them.' });

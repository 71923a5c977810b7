import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';
import {
  answerRecords,
  findRecordId,
  notFound,
  presentRecord,
  RecordPath,
} from '../../shop-records.ts';
import { Product, ProductSummary, ProductsQuery } from './schema.ts';

const tags = ['products'];

/** Products of a workspace's open shops. */
export function productRoutes(
  app: ApiInstance,
  deps: Pick<ApiDeps, 'registry' | 'warehouse'>,
): void {
  app.get(
    '/api/v1/products',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Products of one workspace’s open shops, deleted ones too unless filtered.',
        tags,
        querystring: ProductsQuery,
        response: { 200: ProductSummary.array(), ...problemResponses },
      },
    },
    (request, reply) => {
      const list = { resource: 'products', key: 'product_id', query: request.query };
      return answerRecords(deps, request, reply, list, deps.warehouse.listProducts);
    },
  );
  app.get(
    '/api/v1/products/:id',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'One product with its units of sale.',
        tags,
        params: RecordPath,
        response: { 200: Product, ...problemResponses },
      },
    },
    async (request) => {
      const { connectionId, recordId } = await findRecordId(deps, request.params.id);
      const found = await deps.warehouse.product(connectionId, recordId);
      if (found === undefined) throw notFound();
      return {
        ...presentRecord('product_id', found.product),
        skus: found.skus.map((sku) => presentRecord('sku_id', sku)),
      };
    },
  );
}

/** Activating, deactivating, deleting and recovering products: 20 at once, each with its own error. */
import { ShopRefusal } from '../answers.ts';
import { type ShopContext, type ShopEndpoint, shopOf } from '../endpoint.ts';
import type { Product, ProductStatus } from '../world.ts';
import { productOf } from './search.ts';

const idsMax = 20;

interface Action {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly scope: string;
  readonly from: readonly ProductStatus[];
  act(product: Product, context: ShopContext, now: Date): void;
}

const actions: readonly Action[] = [
  {
    method: 'POST',
    path: '/product/202309/products/activate',
    scope: 'seller.product.basic',
    from: ['SELLER_DEACTIVATED', 'DRAFT', 'FAILED'],
    act(product, { audits }, now) {
      audits.setStatus(product, 'PENDING', now);
      audits.start(product, now);
    },
  },
  {
    method: 'POST',
    path: '/product/202309/products/deactivate',
    scope: 'seller.product.basic',
    from: ['ACTIVATE', 'PENDING'],
    act: (product, { audits }, now) => audits.setStatus(product, 'SELLER_DEACTIVATED', now),
  },
  {
    method: 'DELETE',
    path: '/product/202309/products',
    scope: 'seller.product.delete',
    from: [
      ...(['DRAFT', 'PENDING', 'FAILED', 'ACTIVATE'] as const),
      ...(['SELLER_DEACTIVATED', 'PLATFORM_DEACTIVATED'] as const),
    ],
    act: (product, { audits }, now) => audits.setStatus(product, 'DELETED', now),
  },
  {
    method: 'POST',
    path: '/product/202309/products/recover',
    scope: 'seller.product.delete',
    from: ['DELETED'],
    act: (product, { audits }, now) => audits.setStatus(product, 'SELLER_DEACTIVATED', now),
  },
];

export const lifeCycleEndpoints: readonly ShopEndpoint[] = actions.map((action) => ({
  method: action.method,
  path: action.path,
  scopes: [action.scope],
  cipher: 'required',
  invalidCode: 12_052_910,
  answer(call, context) {
    const shop = shopOf(call);
    const ids = call.body.list('product_ids');
    if (!ids || ids.length === 0) throw call.body.invalid('product_ids', 'it is required');
    if (ids.length > idsMax) throw new ShopRefusal(12_019_120, `At most ${idsMax} product_ids.`);
    const errors = ids.flatMap((product_id) => {
      try {
        const product = productOf(shop, product_id, context);
        if (!action.from.includes(product.status)) {
          throw new ShopRefusal(12_052_901, `Its status ${product.status} does not allow it.`);
        }
        action.act(product, context, call.now);
        return [];
      } catch (error) {
        if (!(error instanceof ShopRefusal)) throw error;
        const { code, message } = error;
        return [{ code, message, detail: { product_id, extra_errors: [] } }];
      }
    });
    return errors.length > 0 ? { errors } : {};
  },
}));

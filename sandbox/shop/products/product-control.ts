/** Routes of tests for products: what TikTok itself does with them, and the truth of them. */
import type { FastifyInstance } from 'fastify';
import { BadControl, bodyOf } from '../../control-body.ts';
import type { ShopFace } from '../shop-face.ts';
import { type Product, type ProductStatus, productStatuses, type Shop } from '../world.ts';
import { productTruth } from './product-truth.ts';

const base = '/sandbox/shop';
const outcomes = ['APPROVED', 'FAILED', 'PRE_APPROVED'] as const;

interface ProductAct {
  readonly productId: string;
  /** Sets it, as TikTok does when it freezes or takes a product down. */
  readonly status?: ProductStatus;
  /** Ends its audit at once. */
  readonly audit?: (typeof outcomes)[number];
}

export function registerProductControl(app: FastifyInstance, face: ShopFace): void {
  const { audits, clock, world } = face;
  app.get<{ Querystring: { shop?: string } }>(`${base}/truth/products`, (request) => {
    face.catchUp();
    return productTruth(shopOf(face, request.query.shop), world);
  });
  app.post(`${base}/products/act`, (request) => {
    const { productId, status, audit } = bodyOf<ProductAct>(request.body);
    const product = world.product(productId ?? '');
    if (!product) throw new BadControl('There is no such product.');
    if (status !== undefined && !productStatuses.includes(status)) {
      throw new BadControl(`status must be one of ${productStatuses.join(', ')}.`);
    }
    if (audit !== undefined && !outcomes.includes(audit)) {
      throw new BadControl(`audit must be one of ${outcomes.join(', ')}.`);
    }
    if (audit !== undefined) audits.settle(product, audit, clock.now());
    if (status !== undefined) audits.setStatus(product, status, clock.now());
    return shown(product);
  });
  /** Of a hundred audits so many fail. */
  app.post(`${base}/audits`, (request) => {
    audits.failurePercent = bodyOf<{ failurePercent: number }>(request.body).failurePercent;
    return { failurePercent: audits.failurePercent };
  });
}

function shopOf({ world }: ShopFace, id: string | undefined): Shop {
  const shop = id === undefined ? world.shops[0] : world.shop(id);
  if (!shop) throw new BadControl('There is no such shop.');
  return shop;
}

const shown = ({ id, status, audit, updatedAt }: Product) => ({ id, status, audit, updatedAt });

/** Labels and slips as files, for 24 hours, without a token: the name is the secret. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ShopContext } from '../endpoint.ts';

type Labels = Pick<ShopContext, 'app' | 'clock' | 'origin'>;

const daySeconds = 86_400;
const path = '/shop-files/labels';

function seal({ app }: Labels, name: string): string {
  return createHmac('sha256', app.secret).update(name).digest('hex').slice(0, 32);
}

export function labelUrl(labels: Labels, parcelId: string, kind: string, now: number): string {
  const name = `${parcelId}-${kind}-${now + daySeconds}`;
  return `${labels.origin()}${path}/${name}-${seal(labels, name)}.pdf`;
}

export function registerLabels(app: FastifyInstance, labels: Labels): void {
  app.get<{ Params: { file: string } }>(`${path}/:file`, (request, reply) => {
    const parts = /^(\d+-[A-Z_]+-(\d+))-([0-9a-f]{32})\.pdf$/.exec(request.params.file);
    const [, name = '', until = '0', given = ''] = parts ?? [];
    const genuine =
      parts !== null && timingSafeEqual(Buffer.from(given), Buffer.from(seal(labels, name)));
    if (!genuine || Number(until) * 1000 <= labels.clock.now().getTime()) {
      return reply.code(403).type('text/plain').send('403 the link has expired');
    }
    return reply.type('application/pdf').send(`%PDF-1.4\n% ${name}\n%%EOF\n`);
  });
}

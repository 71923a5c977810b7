import { Context } from '@temporalio/activity';
import type { TikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import type { Clock } from '../policy/clock.ts';
import { streams } from '../policy/streams/index.ts';
import { wholeWindow } from '../policy/windows.ts';
import type { Registry } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { RefreshOrdersActivities } from '../workflows/refresh-orders/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import { callForConnection, findConnection, type TikTokCallDeps } from './tiktok-call.ts';

export interface RefreshOrdersDeps extends TikTokCallDeps {
  readonly registry: Registry;
  readonly warehouse: Pick<Warehouse, 'land' | 'load'>;
  readonly shopClient: Pick<TikTokShopClient, 'ordersByIds'>;
  readonly clock: Clock;
  readonly log?: UnexpectedErrorLog;
}

const stream = streams.shop_orders.name;
const endpoint = '/order/202507/orders';

export function createRefreshOrdersActivities(deps: RefreshOrdersDeps): RefreshOrdersActivities {
  const { registry, warehouse, shopClient, clock } = deps;
  return guarded<RefreshOrdersActivities>(
    {
      async pullOrders({ connectionId, orderIds, pullId }) {
        const { epoch } = await findConnection(registry, connectionId);
        const call = { connectionId, epoch, endpoint };
        return callForConnection(deps, call, async ({ accessToken, cipher, signal }) => {
          const pulledAtMs = clock.now().getTime();
          const asked = { accessToken, cipher, ids: orderIds };
          const { body } = await shopClient.ordersByIds(asked, signal);
          await warehouse.land({ connectionId, stream, pullId, part: 1, format: 'json', body });
          return { epoch, pullId, pulledAtMs };
        });
      },

      async loadOrders({ connectionId, epoch, pullId, pulledAtMs }) {
        const cancelled = Context.current().cancellationSignal;
        const load = (signal: AbortSignal) =>
          warehouse.load({
            ...{ connectionId, stream, pullId, parts: 1, signal },
            // Asked for by id: it says nothing of any day's orders.
            window: wholeWindow,
            pulledAt: new Date(pulledAtMs),
            timeZone: 'UTC',
            ...{ totalNumber: null, totalMetrics: null, moving: false, listsDeleted: false },
          });
        await registry.fence.hold(connectionId, epoch, load, cancelled);
      },
    },
    deps.log,
  );
}

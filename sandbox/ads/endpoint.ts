/** What one path of the Business API declares of itself, and what its answer may use. */
import type { SandboxClock } from '../clock.ts';
import type { ImageStore } from '../images.ts';
import type { ShopWorld } from '../shop/world.ts';
import type { World } from '../world.ts';
import type { AppCredentials, Authorisations, Grant } from './access/authorisations.ts';
import type { Reply } from './answers.ts';
import type { Faults } from './faults.ts';
import type { Parameters } from './parameters.ts';
import type { ReportTasks } from './reports/report-tasks.ts';

export interface AdsContext {
  readonly world: World;
  readonly clock: SandboxClock;
  readonly app: AppCredentials;
  readonly authorisations: Authorisations;
  readonly faults: Faults;
  readonly tasks: ReportTasks;
  /** Above so many rows a synchronous report answers 40067. */
  readonly reportRowsMax: number;
  readonly mergeRepeatedHour: boolean;
  readonly origin: () => string;
  readonly seed: number;
  readonly images: ImageStore;
  /** Null in a sandbox without the Shop face: no account has a shop then. */
  readonly shops: ShopWorld | null;
}

export interface Call {
  readonly path: string;
  readonly parameters: Parameters;
  /** Null on the endpoints that take no token. */
  readonly grant: Grant | null;
}

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Below the base path. */
  readonly path: string;
  readonly needsToken: boolean;
  readonly scope: number | null;
  /** Counted beside the app's own quota. */
  readonly ownQuota?: 'report-task' | 'gmv-max-report';
  /** The advertisers that the token must reach; by default `advertiser_id`. */
  advertisersOf?(parameters: Parameters): readonly string[];
  answer(call: Call, context: AdsContext): Reply;
}

/** `{"list": …}` of values that need no further treatment. */
export function listReply(list: readonly unknown[]): Reply {
  return { data: JSON.stringify({ list }) };
}

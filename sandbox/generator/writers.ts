/** How a metric of a row is written: text with TikTok's fixed decimals, `-`, or null. */
import type { Cell } from './cells.ts';
import { at } from './facts.ts';
import type { Attribute, Metric } from './metrics.ts';
import { attributeLevels, isMoney, metrics } from './metrics.ts';
import type { Text } from './text.ts';

/** Sums of one row; `reach` is not one of them. */
export interface RowFigures {
  readonly sums: Float64Array;
  reach: number;
}

export interface MetricWriter {
  readonly name: string;
  /** JSON text, the same for all rows of a cell; null, or absent, where figures decide. */
  readonly ofCell?: (cell: Cell) => string | null;
  /** Writes the figure of a row, without quotes. */
  ofFigures(figures: RowFigures, text: Text): void;
}

export function writerOf(name: string, moneyDecimals: 0 | 3): MetricWriter {
  const metric = metrics.get(name);
  if (metric === undefined) throw new RangeError(`unknown metric ${name}`);
  const ofFigures = figureWriter(metric, moneyDecimals);
  const figuresOnly = metric.kind === 'ratio' || metric.kind === 'reach';
  const plain = metric.kind === 'sum' && !goalMetrics.test(name);
  if (figuresOnly || plain) return { name, ofFigures };
  return { name, ofCell: (cell) => cellText(name, metric, cell), ofFigures };
}

function figureWriter(metric: Metric, moneyDecimals: 0 | 3): MetricWriter['ofFigures'] {
  switch (metric.kind) {
    case 'sum': {
      const index = at[metric.of];
      if (!metric.money) return ({ sums }, text) => text.integer(sums[index]!);
      return ({ sums }, text) => text.decimal(sums[index]!, moneyDecimals);
    }
    case 'reach':
      return ({ reach }, text) => text.integer(reach);
    case 'ratio':
      return ratioWriter(metric, moneyDecimals);
    default:
      return () => {};
  }
}

/**
 * Half a unit rounds up; exact, as products stay below 2^53. A ratio by nothing is zero, as TikTok
 * has it.
 */
function ratioWriter(
  metric: Metric & { kind: 'ratio' },
  moneyDecimals: 0 | 3,
): MetricWriter['ofFigures'] {
  const { of, by, decimals, times } = metric;
  const suffix = Buffer.from(metric.suffix);
  const scale = (isMoney(of) ? moneyDecimals : 0) - (isMoney(by) ? moneyDecimals : 0);
  // Below one where money has three decimals and the ratio two.
  const power = decimals - scale;
  const multiplier = Math.round(times * 10 ** Math.max(power, 0));
  const divider = 10 ** Math.max(-power, 0);
  const ofIndex = of === 'reach' ? -1 : at[of];
  const byIndex = by === 'reach' ? -1 : at[by];
  return ({ sums, reach }, text) => {
    const divisor = (byIndex < 0 ? reach : sums[byIndex]!) * divider;
    const dividend = (ofIndex < 0 ? reach : sums[ofIndex]!) * multiplier;
    const ratio = divisor === 0 ? 0 : Math.floor((2 * dividend + divisor) / (2 * divisor));
    text.decimal(ratio, decimals);
    text.constant(suffix);
  };
}

/** Figures that only some campaigns have. */
const goalMetrics = /^(skan_|secondary_goal_)/;

function cellText(name: string, metric: Metric, cell: Cell): string | null {
  if (metric.kind === 'attribute') return attributeText(name as Attribute, cell);
  if (metric.kind === 'unknown') return missing(cell);
  if (cell.level === 0) return null;
  const { objective } = cell.ad.adgroup.campaign;
  if (name.startsWith('skan_') && objective !== 'APP_PROMOTION') return '"-"';
  if (name === 'secondary_goal_result' && objective !== 'PRODUCT_SALES') return missing(cell);
  return null;
}

/** TikTok says "not known" in two ways; which one depends on the campaign here. */
function missing(cell: Cell): string {
  return cell.ad.adgroup.campaign.seed % 2 === 0 ? 'null' : '"-"';
}

function attributeText(name: Attribute, cell: Cell): string {
  return cell.level < attributeLevels[name] ? '"-"' : JSON.stringify(attributeOf(name, cell));
}

function attributeOf(name: Attribute, cell: Cell): string | null {
  const { ad } = cell;
  const { adgroup, account } = ad;
  const { campaign } = adgroup;
  const app = campaign.objective === 'APP_PROMOTION';
  switch (name) {
    case 'advertiser_id':
      return account.advertiserId;
    case 'advertiser_name':
      return account.profile.name;
    case 'currency':
      return account.profile.currency;
    case 'campaign_id':
      return campaign.id;
    case 'campaign_name':
      return campaign.name;
    case 'objective_type':
      return campaign.objective;
    case 'adgroup_id':
      return adgroup.id;
    case 'adgroup_name':
      return adgroup.name;
    case 'placement_type':
      return 'Automatic Placement';
    case 'promotion_type':
      return app ? 'App' : 'Website';
    case 'dpa_target_audience_type':
      return null;
    case 'tt_app_id':
    case 'mobile_app_id':
      return app ? '7298000000000000031' : '0';
    case 'tt_app_name':
      return app ? 'Lumen' : '0';
    case 'ad_id':
      return ad.id;
    case 'ad_name':
      return ad.name;
    case 'ad_text':
      return `“${ad.name}”, as seen\non TikTok`;
    case 'image_mode':
      return 'SINGLE_VIDEO';
  }
}

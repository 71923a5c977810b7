/** `GET /campaign/get/`, `/adgroup/get/`, `/ad/get/`: listings with filters and pages. */
import type { EntityLevel, WorldEntity } from '../../world.ts';
import { badParameter, pageInfoJson } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Parameters } from '../parameters.ts';
import { readEntityFilter } from './entity-filter.ts';
import { project, readFields, withoutNulls } from './fields.ts';

function shape(
  parameters: Parameters,
  level: EntityLevel,
): (entity: WorldEntity) => Readonly<Record<string, unknown>> {
  const fields = readFields(parameters, level);
  const excluded = parameters.list('exclude_field_types_in_response') ?? [];
  if (excluded.some((type) => type !== 'NULL_FIELD')) {
    throw badParameter('exclude_field_types_in_response: Must be one of NULL_FIELD.');
  }
  return ({ record }) => {
    const shown = fields ? project(record, fields) : record;
    return excluded.length > 0 ? withoutNulls(shown) : shown;
  };
}

function listing(level: EntityLevel, scope: number): Endpoint {
  return {
    method: 'GET',
    path: `${level}/get/`,
    needsToken: true,
    scope,
    answer({ parameters, path }, { world, clock, faults }) {
      const advertiserId = parameters.required('advertiser_id');
      const now = clock.now();
      const filter = readEntityFilter(parameters.object('filtering'), level, now);
      const { page, pageSize } = parameters.paging(filter.pageSizeMax);
      const show = shape(parameters, level);
      const matching = world.entities(level, advertiserId, now).filter(filter.matches);
      const moved = faults.movedBy({ path, advertiserId, page });
      const from = (page - 1) * pageSize - moved;
      const list = matching.slice(from, from + pageSize).map(show);
      const total = matching.length + moved;
      const info = pageInfoJson({ page, pageSize, total });
      return { data: `{"list":${JSON.stringify(list)},"page_info":${info}}` };
    },
  };
}

export const entityEndpoints: readonly Endpoint[] = [
  listing('campaign', 200),
  listing('adgroup', 210),
  listing('ad', 220),
];

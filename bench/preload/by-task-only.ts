/** Preloaded into a hub that is measured by asynchronous report: streams that TikTok gives by pages alone are left out. */
import { streams } from '../../policy/streams/index.ts';

for (const [name, { request }] of Object.entries(streams)) {
  const byPagesAlone =
    request.kind === 'ads-list' || (request.kind === 'report' && !request.taskable);
  if (byPagesAlone) Reflect.deleteProperty(streams, name);
}

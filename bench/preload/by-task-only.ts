/** Preloaded into a hub that is measured by asynchronous report: streams that TikTok gives by pages alone are left out. */
import { streams } from '../../policy/streams/index.ts';

for (const [name, { request }] of Object.entries(streams)) {
  if (request.kind === 'report' && !request.taskable) Reflect.deleteProperty(streams, name);
}

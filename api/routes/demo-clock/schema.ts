import { z } from 'zod';

export const MoveClock = z.strictObject({
  now: z.iso.datetime().describe('What the clock shall show; it runs on from there.'),
});

export const DemoClock = z.object({ now: z.iso.datetime() }).meta({ id: 'DemoClock' });

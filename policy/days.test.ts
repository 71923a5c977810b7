import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountTime, addDays, dayNumber, dayOfNumber } from './days.ts';

describe('days', () => {
  test('leap years, ends of years and centuries', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
    expect(addDays('2100-02-28', 1)).toBe('2100-03-01');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
  });

  test('numbers of days and days are the same thing', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 60_000 }), (number) => {
        expect(dayNumber(dayOfNumber(number))).toBe(number);
      }),
    );
  });
});

describe('the account’s wall clock', () => {
  const at = (instant: string, zone: string) => accountTime(new Date(instant), zone);

  test('zones ahead, behind, with odd offsets, and TikTok’s POSIX names', () => {
    expect(at('2026-11-24T23:30:00Z', 'Asia/Tokyo')).toEqual({ day: '2026-11-25', hour: 8 });
    expect(at('2026-11-24T03:30:00Z', 'Etc/GMT+8')).toEqual({ day: '2026-11-23', hour: 19 });
    expect(at('2026-11-24T18:40:00Z', 'Asia/Kathmandu')).toEqual({ day: '2026-11-25', hour: 0 });
    expect(at('2026-11-24T10:00:00Z', 'Pacific/Kiritimati')).toEqual({
      day: '2026-11-25',
      hour: 0,
    });
    expect(at('2026-11-24T00:00:00Z', 'UTC')).toEqual({ day: '2026-11-24', hour: 0 });
  });

  test('both hours of autumn’s repeated hour have one label, spring leaves one out', () => {
    const berlin = (instant: string) => at(instant, 'Europe/Berlin').hour;
    expect([berlin('2026-10-25T00:30:00Z'), berlin('2026-10-25T01:30:00Z')]).toEqual([2, 2]);
    expect([berlin('2026-03-29T00:30:00Z'), berlin('2026-03-29T01:30:00Z')]).toEqual([1, 3]);
  });

  test('at every instant and in every zone the day is within a day of UTC’s, and never goes back', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'Etc/GMT+8', 'Etc/GMT-14');
    const instants = fc.date({
      min: new Date('2020-01-01T00:00:00Z'),
      max: new Date('2030-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(zones, instants, (zone, now) => {
        const { day } = accountTime(now, zone);
        expect(Math.abs(dayNumber(day) - dayNumber(now.toISOString().slice(0, 10)))).toBeLessThan(
          2,
        );
        const later = accountTime(new Date(now.getTime() + 3_600_000), zone);
        expect(later.day >= day).toBe(true);
      }),
    );
  });
});

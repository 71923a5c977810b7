import { describe, expect, test } from 'vitest';
import { createCalendar, dayNumber, dayText, hourMs } from './calendar.ts';

function startOf(timeZone: string, day: string): string {
  const calendar = createCalendar(timeZone);
  const hour = calendar.firstHourOf(dayNumber(day));
  return new Date(hour * hourMs + calendar.phaseMs).toISOString();
}

function hoursOf(timeZone: string, day: string): number[] {
  const calendar = createCalendar(timeZone);
  const hours: number[] = [];
  const end = calendar.firstHourOf(dayNumber(day) + 1);
  for (let hour = calendar.firstHourOf(dayNumber(day)); hour < end; hour += 1) {
    const label = calendar.labelOf(hour);
    expect(dayText(label.day)).toBe(day);
    hours.push(label.hourOfDay);
  }
  return hours;
}

describe('a day of a zone', () => {
  test.each([
    ['Asia/Shanghai', '2026-11-20', '2026-11-19T16:00:00.000Z'],
    ['Etc/GMT+8', '2026-11-20', '2026-11-20T08:00:00.000Z'],
    ['Asia/Kolkata', '2026-11-20', '2026-11-19T18:30:00.000Z'],
    ['Asia/Kathmandu', '2026-11-20', '2026-11-19T18:15:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00.000Z'],
    ['Pacific/Auckland', '2026-09-27', '2026-09-26T12:00:00.000Z'],
    ['Pacific/Auckland', '2026-09-28', '2026-09-27T11:00:00.000Z'],
  ])('of %s, %s, starts at %s', (timeZone, day, start) => {
    expect(startOf(timeZone, day)).toBe(start);
  });

  test('has 23 hours in spring, without the third', () => {
    const hours = hoursOf('Europe/Berlin', '2026-03-29');
    expect(hours).toHaveLength(23);
    expect(hours.slice(0, 4)).toEqual([0, 1, 3, 4]);
  });

  test('has 25 hours in autumn, one label twice', () => {
    expect(hoursOf('Europe/Berlin', '2026-10-25').slice(0, 5)).toEqual([0, 1, 2, 2, 3]);
    expect(hoursOf('America/New_York', '2026-11-01').slice(0, 4)).toEqual([0, 1, 1, 2]);
    expect(hoursOf('Pacific/Auckland', '2026-04-05')).toHaveLength(25);
  });

  test('of an instant is the one on the account’s clock', () => {
    const at = new Date('2026-11-20T23:30:00Z');
    expect(dayText(createCalendar('Asia/Shanghai').dayAt(at))).toBe('2026-11-21');
    expect(dayText(createCalendar('Etc/GMT+8').dayAt(at))).toBe('2026-11-20');
  });
});

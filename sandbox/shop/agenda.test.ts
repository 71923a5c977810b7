import { expect, it } from 'vitest';
import { Agenda } from './agenda.ts';

const at = (seconds: number) => new Date(seconds * 1000);

it('runs what is due in order, each at its own instant, also what running plans', () => {
  const agenda = new Agenda();
  const ran: string[] = [];
  const plan = (seconds: number, name: string) =>
    agenda.at(at(seconds), (due) => ran.push(`${name}@${due.getTime() / 1000}`));
  for (const seconds of [5, 3, 9, 3, 1, 7]) plan(seconds, `n${agenda.length}`);
  agenda.at(at(4), () => plan(6, 'planned'));
  agenda.catchUp(at(2));
  expect(ran).toEqual(['n4@1']);
  agenda.catchUp(at(8));
  expect(ran).toEqual(['n4@1', 'n1@3', 'n3@3', 'n0@5', 'planned@6', 'n5@7']);
  expect(agenda.length).toBe(1);
});

it('keeps a thousand in order', () => {
  const agenda = new Agenda();
  const ran: number[] = [];
  for (let index = 0; index < 1_000; index += 1) {
    agenda.at(at((index * 7_919) % 1_009), (due) => ran.push(due.getTime()));
  }
  agenda.catchUp(at(2_000));
  expect(ran).toHaveLength(1_000);
  expect(ran).toEqual([...ran].sort((one, other) => one - other));
});

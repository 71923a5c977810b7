/**
 * Who used what, and who did what. Both name accounts by random ids alone; what tells a person is sealed or committed.
 *
 * `activity.sealed_use`: time, feature, device and network of one use (category: usage and device data of the
 * account), sealed under the account's key and the day's. A partition a day, dropped whole.
 * `account_handles`: which random handle stands for which account in the audit trail, and the salt of what is
 * committed there about it. Deleted with the account; the trail stays, and names nobody any more.
 */
import { type Kysely, sql } from 'kysely';

const activity = [
  'create sequence activity_sequence',
  `create table activity (
     day date not null,
     sequence bigint not null default nextval('activity_sequence'),
     id text not null,
     account_id text not null,
     sealed_use bytea not null,
     primary key (day, id)) partition by range (day)`,
  'create index activity_by_account on activity (account_id, sequence)',
];

const audit = [
  `create table account_handles (
     account_id text primary key,
     handle text not null unique,
     salt bytea not null)`,
  `create table audit_entries (
     sequence bigint primary key check (sequence > 0),
     at timestamptz not null,
     actor text,
     act text not null,
     subject text,
     reason text,
     commitment bytea not null,
     previous_hash bytea not null unique,
     hash bytea not null unique)`,
  'create index audit_entries_by_subject on audit_entries (subject, sequence)',
  // The chain's last link. Its row lock orders all who append; it finds an end that was cut off.
  `create table audit_head (
     id boolean primary key default true check (id),
     sequence bigint not null,
     hash bytea not null)`,
  `insert into audit_head (sequence, hash) values (0, decode(repeat('00', 32), 'hex'))`,
];

const refusals = [
  `create function refuse_audit_change() returns trigger language plpgsql as $$
     begin
       raise exception 'The audit trail is appended to, never changed.'
         using errcode = 'integrity_constraint_violation';
     end $$`,
  `create function refuse_audit_head_change() returns trigger language plpgsql as $$
     begin
       if new.sequence <> old.sequence + 1 then
         raise exception 'The head of the audit trail moves by one entry at a time.'
           using errcode = 'integrity_constraint_violation';
       end if;
       return new;
     end $$`,
  `create trigger audit_entries_kept before update or delete on audit_entries
     for each row execute function refuse_audit_change()`,
  `create trigger audit_entries_not_emptied before truncate on audit_entries
     for each statement execute function refuse_audit_change()`,
  `create trigger audit_head_kept before delete on audit_head
     for each row execute function refuse_audit_change()`,
  `create trigger audit_head_not_emptied before truncate on audit_head
     for each statement execute function refuse_audit_change()`,
  `create trigger audit_head_moves_on before update on audit_head
     for each row execute function refuse_audit_head_change()`,
  // Also while a restore or a replica has turned ordinary triggers off.
  ...['kept', 'not_emptied'].flatMap((name) => [
    `alter table audit_entries enable always trigger audit_entries_${name}`,
    `alter table audit_head enable always trigger audit_head_${name}`,
  ]),
  'alter table audit_head enable always trigger audit_head_moves_on',
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...activity, ...audit, ...refusals])
    await sql.raw(statement).execute(db);
}

/** One set-up at a time: two `npm ci` in one folder destroy each other's work. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from './say.mjs';

export async function withLock(folder, work) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'set-up.lock');
  let told = false;
  while (!take(file)) {
    const holder = Number(readFileOr(file, ''));
    if (!isAlive(holder)) {
      rmSync(file, { force: true }); // It was killed; what it left half-done is begun anew.
      continue;
    }
    if (!told)
      say(`Waiting for another set-up (process ${holder}). If it is none, remove ${file}.`);
    told = true;
    await delay(200);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file); // It appears with its content: nobody reads a lock that names no holder yet.
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own);
  }
}

function readFileOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What set-up tells, and how it runs other programs. */
import { spawn } from 'node:child_process';

/** A failure that its message explains; the stack would only hide it. */
export class SetupError extends Error {}

export function say(text) {
  console.error(`[set-up] ${text}`);
}

/** Runs a program that shows its own progress. Resolves with its exit code, or -1 if there is no such program. */
export function show(command, args, options = {}) {
  return new Promise((resolve) => {
    // What set-up and its helpers print goes to stderr: stdout belongs to the command that follows.
    const child = spawn(command, args, { stdio: ['inherit', 2, 2], ...options });
    child.once('error', () => resolve(-1));
    child.once('exit', (code, signal) => resolve(signal === null ? code : 1));
  });
}

/** Runs a program quietly. Resolves with its output, or with undefined if it fails or is not there. */
export function ask(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], ...options });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 ? output.trim() : undefined));
  });
}

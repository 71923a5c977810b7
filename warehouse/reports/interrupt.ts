/** Ends a connection's statement when nobody waits for it any more. */
import type { DuckDBConnection } from '@duckdb/node-api';

const everyMs = 50;

/**
 * From the abort on until the returned function is called: an interrupt reaches only the statement that
 * runs now, and one may just be about to begin.
 */
export function interruptOnAbort(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
): () => void {
  if (signal === undefined) return () => {};
  let interrupting: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    interrupting = setInterval(() => connection.interrupt(), everyMs);
  };
  if (signal.aborted) interrupt();
  else signal.addEventListener('abort', interrupt, { once: true });
  return () => {
    signal.removeEventListener('abort', interrupt);
    clearInterval(interrupting);
  };
}

/** One line a happening, as JSON on standard error: names, codes and random ids, never a person, token or row. */
export type LogLevel = 'info' | 'warn' | 'error';
export type Log = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** What goes as planned is not told: an operator reads what needs a look. */
export const jsonLog: Log = (level, message, fields = {}) => {
  if (level === 'info') return;
  process.stderr.write(`${JSON.stringify({ at: new Date(), level, message, ...fields })}\n`);
};

export const silentLog: Log = () => {};

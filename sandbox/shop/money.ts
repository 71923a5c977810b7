/** Money as decimal text and as whole numbers of its smallest unit. */

export function moneyText(units: number, decimals: 0 | 2): string {
  if (decimals === 0) return String(units);
  const sign = units < 0 ? '-' : '';
  const digits = String(Math.abs(units)).padStart(3, '0');
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Null for text that is no amount with so many decimals at most. */
export function moneyUnits(text: string, decimals: 0 | 2): number | null {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text);
  if (!match) return null;
  const fraction = match[3] ?? '';
  if (decimals === 0 && Number(fraction) !== 0) return null;
  const units = Number(match[2]!) * 10 ** decimals;
  const rest = decimals === 0 ? 0 : Number(fraction.padEnd(2, '0'));
  return (match[1] ? -1 : 1) * (units + rest);
}

import { exponentOf } from '../../functions/refund/currencies.ts';
import { toDecimal, type Minor } from '../../functions/refund/money.ts';
import { koreanTime } from '../../functions/refund/korea-time.ts';

/** `14.20 USD`, `5,000 KRW`: an amount in major units with all decimals that its currency has, and no more. */
export function inMajor(amount: number, currency: string): string {
  const digits = exponentOf(currency) ?? 0;
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${amount.toLocaleString('en-US', format)} ${currency}`;
}

export function money(amount: Minor, currency: string): string {
  return inMajor(toDecimal(amount, currency), currency);
}

/** Korea time, because that is what the shop's and the PG's people compare it with. */
export function clock(atMs: number): string {
  return `${koreanTime(atMs)} KST`;
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** `45 s`, `12 min`, `3 h 20 min`: how long ago something began. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 2 * MINUTE_SECONDS) return `${seconds} s`;
  const minutes = Math.floor(seconds / MINUTE_SECONDS);
  if (seconds < 2 * HOUR_SECONDS) return `${minutes} min`;
  return `${Math.floor(seconds / HOUR_SECONDS)} h ${minutes % 60} min`;
}

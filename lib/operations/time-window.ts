import { FULL_SECONDS } from '../../functions/protocol/reconciliation-position.ts';
import type { Given } from './command.ts';
import { UsageError } from './operations-error.ts';

/** What reconciliation is to compare, in Unix seconds; without a beginning it is what the schedule compares. */
export type TimeWindow = Readonly<{ fromSeconds?: number; toSeconds?: number }>;

/** i'mport answers a window that ends before it begins with HTTP 400, which would tell nobody whose mistake it is. */
export function timeWindowOf(given: Given, nowMs: number): TimeWindow {
  const from = given.text('from');
  const to = given.text('to');
  if (from === undefined) {
    if (to !== undefined) throw new UsageError('--to needs --from.');
    return {};
  }
  const fromSeconds = secondsOf(from, '--from');
  if (to === undefined) {
    if (fromSeconds * 1_000 >= nowMs) throw new UsageError(`--from must be before now, not "${from}".`);
    refuseTooLong(from, nowMs / 1_000 - fromSeconds, 'now');
    return { fromSeconds };
  }
  const toSeconds = secondsOf(to, '--to');
  if (fromSeconds >= toSeconds) {
    throw new UsageError(`--from must be before --to; "${from}" is not before "${to}".`);
  }
  refuseTooLong(from, toSeconds - fromSeconds, '--to');
  return { fromSeconds, toSeconds };
}

/** Nor does it answer one that is longer than it lists; the run would stand there for good. */
function refuseTooLong(from: string, seconds: number, end: string): void {
  if (seconds <= FULL_SECONDS) return;
  const rule = `--from must be at most 90 days before ${end}, as much as i'mport lists at once`;
  throw new UsageError(`${rule}; "${from}" is not. What is older: several runs, each with --to.`);
}

/** A day is Korea's; a time without a zone is, too. */
function secondsOf(text: string, option: string): number {
  if (/^\d{9,10}$/.test(text)) return Number(text);
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text);
  const ms = Date.parse(day ? `${text}T00:00:00+09:00` : hasZone ? text : `${text}+09:00`);
  if (Number.isNaN(ms) || !isDayOfTheCalendar(text)) {
    throw new UsageError(`${option} must be a time such as 2026-11-01 or 1793458800, not "${text}".`);
  }
  return Math.floor(ms / 1000);
}

/** JavaScript reads the 30th of February as the 2nd of March. */
function isDayOfTheCalendar(text: string): boolean {
  const [day] = /^\d{4}-\d{2}-\d{2}/.exec(text) ?? [];
  return day === undefined || new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

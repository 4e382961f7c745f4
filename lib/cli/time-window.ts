import { windowFault } from '../../functions/protocol/reconciliation-window.ts';
import type { Given } from './command.ts';
import { UsageError } from './operations-error.ts';

/** What reconciliation is to compare, in Unix seconds; without a beginning it is what the schedule compares. */
export type TimeWindow = Readonly<{ fromSeconds?: number; toSeconds?: number }>;

/** The rules are those of the function itself; it would only tell them a call later, and by names that nobody has typed. */
export function timeWindowOf(given: Given, nowMs: number): TimeWindow {
  const from = given.text('from');
  const to = given.text('to');
  if (from === undefined) {
    if (to !== undefined) throw new UsageError('--to needs --from.');
    return {};
  }
  const window = {
    fromSeconds: secondsOf(from, '--from'),
    ...(to === undefined ? {} : { toSeconds: secondsOf(to, '--to') }),
  };
  const fault = windowFault(window, nowMs, { fromSeconds: '--from', toSeconds: '--to' });
  if (fault !== undefined) throw new UsageError(`${fault}.`);
  return window;
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

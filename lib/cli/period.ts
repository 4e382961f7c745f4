import { readQuery } from '../../functions/http/body.ts';
import { listRules, listRequest } from '../../functions/http/list-query.ts';
import type { ListRequest } from '../../functions/protocol/list.ts';
import { flag, UsageError, valued, type Given, type Option } from './command.ts';

/** The largest page that the service returns. */
const REFUNDS_A_PAGE = '100';

/** The filter options that all commands with a list share. */
export const PERIOD = {
  from: valued(
    'DAY',
    'a day of Korea such as 2026-11-01, or a time such as 2026-11-01T09:00:00+09:00; 92 days at most',
  ),
  to: valued('DAY', 'the last day, or until when (else until now)'),
  status: valued('STATUS', 'one of open, unknown, cancelled, rejected, not_executed'),
} satisfies Readonly<Record<string, Option>>;

export const CSV: Readonly<Record<string, Option>> = {
  csv: flag('as CSV for a spreadsheet', { not: ['json'] }),
};

interface Period {
  /** The query for the service. */
  readonly query: Readonly<Record<string, string>>;
  /** The same filter for the ledger. */
  readonly wanted: ListRequest;
}

/** Applies the service's own rules; errors name the options that were typed. @throws UsageError */
export function periodIn(given: Given, nowMs: number): Period {
  const named = Object.keys(PERIOD).flatMap((name) => {
    const text = given.text(name);
    return text === undefined ? [] : [[name, text] as const];
  });
  const query = { ...Object.fromEntries(named), limit: REFUNDS_A_PAGE };
  const read = readQuery(query, listRules(nowMs));
  if (read.ok) return { query, wanted: listRequest(read.value) };
  const faults = read.errors.map(
    ({ pointer, message }) => `--${pointer.replace('query:', '')} ${message.en}`,
  );
  throw new UsageError(`${faults.join('; ')}.`);
}

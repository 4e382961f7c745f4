import type { PaymentsStore } from '../../../functions/protocol/ports.ts';
import type { Surroundings } from '../../../lib/cli/command.ts';
import { refunds } from '../../../lib/cli/refunds.ts';

/** What stands in for a local run's answer where the store is in memory. */
const LOCAL_RUN = { dynamodb_url: '', table_name: '', region: '', quiet_period_seconds: 180 };

export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Half past nine in the evening, Korea time. */
export const NOW_MS = Date.parse('2026-11-25T12:30:00Z');

/** `refunds` with these words; against a store in memory where one is given. */
export async function type(
  words: string,
  { store, ...world }: { readonly store?: PaymentsStore } & Partial<Surroundings> = {},
): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  const status = await refunds(wordsOf(words), {
    env: {},
    nowMs: () => NOW_MS,
    out: (line) => out.push(line),
    error: (line) => err.push(line),
    progress: () => undefined,
    stdin: async () => '',
    ...(store === undefined ? {} : { openTable: async () => store, localInfo: async () => LOCAL_RUN }),
    ...world,
  });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

/** As a shell parts them: 'one word'. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

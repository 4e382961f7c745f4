import { DOUBTS } from '../../../../functions/refund/doubts.ts';
import { isWord, money, say } from './language.ts';
import type { CaseJson } from './report.ts';

/** The service's own reason, in the reader's language where it is one of the known. */
export function whyText(why: string | null): string {
  if (why === null) return say('whyNone');
  const known = Object.entries(DOUBTS).find(([, text]) => text === why)?.[0];
  const name = `doubt_${known ?? ''}`;
  return isWord(name) ? say(name) : why;
}

/** What reconciliation has found, likewise. */
export function findingText({ why, note, amount, currency, refund_ids: ids }: CaseJson): string {
  const name = `found_${why ?? ''}`;
  if (!isWord(name)) return whyText(note);
  const sum = amount === null || currency === undefined ? '' : money(amount, currency);
  return say(name, { sum, ids: ids.join(', ') });
}

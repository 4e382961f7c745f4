import { DOUBTS } from '../../../../functions/refund/doubts.ts';
import { isWord, say } from './language.ts';

/** The service's own reason, in the reader's language where it is one of the known. */
export function whyText(why: string | null): string {
  if (why === null) return say('whyNone');
  const known = Object.entries(DOUBTS).find(([, text]) => text === why)?.[0];
  const name = `doubt_${known ?? ''}`;
  return isWord(name) ? say(name) : why;
}

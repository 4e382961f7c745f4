import { describe, expect, it } from 'vitest';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { FINDINGS } from '../../../functions/refund/findings.ts';
import { DEMO } from '../../../lib/lab/shop/words/demo.ts';
import { ORDERS } from '../../../lib/lab/shop/words/orders.ts';
import { REFUNDS } from '../../../lib/lab/shop/words/refunds.ts';
import { STAFF } from '../../../lib/lab/shop/words/staff.ts';
import { TIMELINE } from '../../../lib/lab/shop/words/timeline.ts';

const WORDS: Readonly<Record<string, { readonly ko: string; readonly en: string }>> = {
  ...DEMO,
  ...ORDERS,
  ...REFUNDS,
  ...STAFF,
  ...TIMELINE,
};
const HANGUL = /\p{Script=Hangul}/u;
/** The name of the other language is written in that language; and a name may be the same in both. */
const AS_IT_IS = new Set(['otherLanguage', 'pg_kcp', 'askedBeforeText']);

function values(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted();
}

describe('the words of the demo shop', () => {
  it.each(Object.entries(WORDS).filter(([name]) => !AS_IT_IS.has(name)))(
    '%s: each language in its own letters, with the same values',
    (_name, { ko, en }) => {
      expect(ko).toMatch(HANGUL);
      expect(en).not.toMatch(HANGUL);
      expect(values(ko)).toEqual(values(en));
    },
  );

  it.each(Object.keys(DOUBTS))('why a look could not decide: %s', (name) => {
    expect(WORDS).toHaveProperty(`doubt_${name}`);
  });

  it.each(Object.entries(FINDINGS))('what reconciliation finds: %s', (name, text) => {
    const word = WORDS[`found_${name}`];
    expect(word).toBeDefined();
    expect(values(word?.ko ?? '').includes('ids')).toBe(text.includes('{ids}'));
  });
});

import { describe, expect, it } from 'vitest';
import { WORDS } from '../../../lib/lab/shop/words.ts';

const HANGUL = /\p{Script=Hangul}/u;

function values(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted();
}

describe('the words of the demo shop', () => {
  // The name of the other language is written in that language.
  it.each(Object.entries(WORDS).filter(([name]) => name !== 'otherLanguage'))(
    'the text %s is in Korean and English, with the same values',
    (_name, { ko, en }) => {
      expect(ko).toMatch(HANGUL);
      expect(en).not.toMatch(HANGUL);
      expect(values(ko)).toEqual(values(en));
    },
  );
});

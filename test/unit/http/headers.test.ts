import { describe, expect, it } from 'vitest';
import { languageOf } from '../../../functions/http/language.ts';
import { readIdempotencyKey } from '../../../functions/http/requests.ts';

describe('an Idempotency-Key', () => {
  it.each([
    ['abc', 'abc'],
    ['"abc"', 'abc'],
    [' "abc" ', 'abc'],
    ['"a,b"', 'a,b'],
    ['"a\\\\b"', 'a\\b'],
    ['a\\b', 'a\\b'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    [undefined, undefined],
  ])('%j is the key %j', (header, value) => {
    expect(readIdempotencyKey(header)).toEqual({ ok: true, value });
  });

  it.each(['', ' ', '""', '"', 'x'.repeat(256), 'é', 'a\u0007b', '"a\\b"'])(
    'that is %j is refused',
    (header) => {
      expect(readIdempotencyKey(header).ok).toBe(false);
    },
  );

  it.each(['a,b', 'a, b', '"a","b"', '"a", "b"', 'a,"b"', '"a",b', 'a"b', '"a"b"', '"a\\"b"', '"a'])(
    'that was sent twice, or holds a quote, is refused: %j',
    (header) => {
      expect(readIdempotencyKey(header).ok).toBe(false);
    },
  );
});

describe('the language of an answer', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['ko', 'ko'],
    ['KO-kr', 'ko'],
    ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 'ko'],
    ['en-US,en;q=0.9,ko;q=0.8', 'en'],
    ['en;q=0.1, ko;q=0.5', 'ko'],
    ['ko;q=0', 'en'],
    ['ko;q=0.4, *;q=0.5', 'en'],
    ['fr, ko;q=0.1', 'ko'],
    ['fr', 'en'],
    ['*', 'en'],
    ['kok', 'en'],
    ['ko;q=abc', 'ko'],
    [';;,,q=1', 'en'],
  ])('for %j is %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });
});

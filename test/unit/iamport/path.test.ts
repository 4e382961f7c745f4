import { describe, expect, it } from 'vitest';
import { pathOf } from '../../../functions/iamport/client.ts';

/** Where a path really leads, once the URL standard has had its way with it. */
function led(text: string): string | undefined {
  const path = pathOf`payments/${text}/paid`;
  return path === undefined ? undefined : new URL(path, 'https://api.example/').pathname;
}

describe('a path at the provider', () => {
  it.each(['.', '..', '', '\uD800'])('cannot be made out of %j', (text) => {
    expect(led(text)).toBeUndefined();
  });

  it.each([
    '..%2f',
    '%2e%2e',
    '../users',
    'a/b',
    'a?b=c',
    'a#b',
    '...',
    'a.b',
    '\\..\\',
    '주문 1',
    ';..',
    '.%2e',
  ])('stays what it is with %j in it', (text) => {
    const [before, segment = '', after, ...rest] = led(text)?.slice(1).split('/') ?? [];
    expect([before, decodeURIComponent(segment), after, rest.length]).toEqual(['payments', text, 'paid', 0]);
  });
});

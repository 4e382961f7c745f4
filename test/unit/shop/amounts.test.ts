import { describe, expect, it } from 'vitest';
import { amountIn } from '../../../lib/desk/text.ts';

describe('a typed amount', () => {
  it.each([
    ['1000', 'KRW', 1_000],
    ['1,000', 'KRW', 1_000],
    [' 1,234,567 ', 'KRW', 1_234_567],
    ['1,000원', 'KRW', 1_000],
    ['₩1,000', 'KRW', 1_000],
    ['１，０００', 'KRW', 1_000],
    ['007', 'KRW', 7],
    ['14.20', 'USD', 14.2],
    ['$14.2', 'USD', 14.2],
    ['0.5', 'KWD', 0.5],
  ])('%j in %s is read as %d', (typed, currency, amount) => {
    expect(amountIn(typed, currency, 10_000_000)).toEqual({ amount });
  });

  it.each([
    ['', 'KRW', 'empty'],
    ['   ', 'KRW', 'empty'],
    ['0x10', 'KRW', 'unreadable'],
    ['1e3', 'KRW', 'unreadable'],
    ['1,00,0', 'KRW', 'unreadable'],
    ['1,0000', 'KRW', 'unreadable'],
    [',100', 'KRW', 'unreadable'],
    ['-5', 'KRW', 'unreadable'],
    ['+5', 'KRW', 'unreadable'],
    ['1 000', 'KRW', 'unreadable'],
    ['1.', 'USD', 'unreadable'],
    ['.5', 'USD', 'unreadable'],
    ['NaN', 'KRW', 'unreadable'],
    ['Infinity', 'KRW', 'unreadable'],
    ['만원', 'KRW', 'unreadable'],
    ['$5', 'KRW', 'unreadable'],
    ['₩5', 'USD', 'unreadable'],
    ['1.5', 'KRW', 'decimals'],
    ['1.555', 'USD', 'decimals'],
    ['0', 'KRW', 'zero'],
    ['0.00', 'USD', 'zero'],
    ['10,001', 'KRW', 'too_much'],
  ])('%j in %s is refused: %s', (typed, currency, fault) => {
    expect(amountIn(typed, currency, 10_000)).toEqual({ fault });
  });
});

import { exponentOf } from '../../../../functions/refund/currencies.ts';

export type AmountFault = 'empty' | 'unreadable' | 'decimals' | 'zero' | 'too_much';
export type Amount = { readonly amount: number } | { readonly fault: AmountFault };

/** Groups of three, or none; a sign of the currency before or behind. Nothing that only a program would write (`1e3`, `0x10`). */
const WRITTEN = /^[₩$]?\s?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s?원?$/;

/** An amount as people type it, in the major unit. Pure: tested as a table. */
export function amountIn(text: string, currency: string, left: number): Amount {
  // A Korean keyboard writes wide digits too.
  const typed = text.normalize('NFKC').trim();
  if (typed === '') return { fault: 'empty' };
  const [, whole = '', decimals = ''] = WRITTEN.exec(typed) ?? [];
  if (whole === '' || isForeignSign(typed, currency)) return { fault: 'unreadable' };
  if (decimals.length > (exponentOf(currency) ?? 0)) return { fault: 'decimals' };
  const amount = Number(`${whole.replaceAll(',', '')}.${decimals || '0'}`);
  if (amount === 0) return { fault: 'zero' };
  return amount > left ? { fault: 'too_much' } : { amount };
}

function isForeignSign(typed: string, currency: string): boolean {
  const isWon = /[₩원]/.test(typed);
  return (isWon && currency !== 'KRW') || (typed.includes('$') && !currency.endsWith('D'));
}

import { exponentOf } from '../../../functions/refund/currencies.ts';
import { moneyText } from '../../client/messages.ts';
import type { Language } from '../../client/refund-client.ts';
import { WORDS, type Word } from './words.ts';

const KEPT_AS = 'demo-language';

/** What somebody has chosen, else what the browser speaks. The page is loaded anew for another one. */
export const language: Language = spokenHere();

function spokenHere(): Language {
  const chosen = globalThis.document === undefined ? 'ko' : localStorage.getItem(KEPT_AS);
  if (chosen === 'ko' || chosen === 'en') return chosen;
  return /^ko\b/i.test(navigator.language) ? 'ko' : 'en';
}

export function switchLanguage(): void {
  localStorage.setItem(KEPT_AS, language === 'ko' ? 'en' : 'ko');
  location.reload();
}

/** `{name}` stands for a value: where it stands differs from language to language. */
export function say(name: Word, values: Readonly<Record<string, string | number>> = {}): string {
  return WORDS[name][language].replaceAll(/\{(\w+)\}/g, (_, value: string) => String(values[value] ?? ''));
}

export function isWord(name: string): name is Word {
  return Object.hasOwn(WORDS, name);
}

/** What is not in the list of words is shown as it came. */
export function nameOf(prefix: string, value: string | null): string {
  const name = `${prefix}_${value ?? ''}`;
  return isWord(name) ? say(name) : (value ?? '');
}

export function money(amount: number, currency: string): string {
  return moneyText(amount, currency, language);
}

/** Korea time, with which the shop and the PG compare it. */
export function dateText(seconds: number, form: 'day' | 'minute' = 'minute'): string {
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', {
    timeZone: 'Asia/Seoul',
    year: 'numeric',
    month: language === 'ko' ? '2-digit' : 'short',
    day: '2-digit',
    ...(form === 'day' ? {} : time),
  }).format(seconds * 1_000);
}

export type AmountFault = 'empty' | 'unreadable' | 'decimals' | 'zero' | 'too_much';
export type Amount = { readonly amount: number } | { readonly fault: AmountFault };

/** Groups of three, or none; a sign of the currency before or behind. Nothing that only a program would write (`1e3`, `0x10`). */
const WRITTEN = /^[₩$]?\s?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s?원?$/;

/** An amount as people type it, in the major unit. */
export function amountIn(text: string, currency: string, left: number): Amount {
  // A Korean keyboard writes wide digits too.
  const typed = text.normalize('NFKC').trim();
  if (typed === '') return { fault: 'empty' };
  const [, whole = '', decimals = ''] = WRITTEN.exec(typed) ?? [];
  const isForeignSign =
    (/[₩원]/.test(typed) && currency !== 'KRW') || (typed.includes('$') && !currency.endsWith('D'));
  if (whole === '' || isForeignSign) return { fault: 'unreadable' };
  if (decimals.length > (exponentOf(currency) ?? 0)) return { fault: 'decimals' };
  const amount = Number(`${whole.replaceAll(',', '')}.${decimals || '0'}`);
  if (amount === 0) return { fault: 'zero' };
  return amount > left ? { fault: 'too_much' } : { amount };
}

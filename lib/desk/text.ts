import { html, nothing, type TemplateResult } from 'lit-html';
import { escaped } from '../../functions/http/csv.ts';
import { exponentOf } from '../../functions/refund/currencies.ts';
import { moneyText } from '../client/messages.ts';
import type { Language } from '../client/options.ts';

const KEPT_AS = 'refunds-language';

/** The chosen language, else the browser's. Another choice reloads the page. */
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

export type Words = Readonly<Record<string, Readonly<Record<Language, string>>>>;
export type Values = Readonly<Record<string, string | number>>;

/** Returns the texts of a page. `{name}` is replaced by a value, because its position depends on the language. */
export function speaker<Known extends Words>(words: Known) {
  const say = (name: keyof Known, values: Values = {}): string =>
    (words[name]?.[language] ?? '').replaceAll(/\{(\w+)\}/g, (_, value: string) =>
      escaped(String(values[value] ?? '')),
    );
  /** A name without a text is shown unchanged. */
  const nameOf = (prefix: string, value: string | null | undefined): string =>
    words[`${prefix}_${value ?? ''}`]?.[language] ?? escaped(value ?? '');
  return { say, nameOf };
}

/** Escapes control, direction and invisible characters in text from outside, except line breaks. */
export function foreign(text: string | null | undefined): TemplateResult | typeof nothing {
  if (text === null || text === undefined || text === '') return nothing;
  return html`<bdi>${text.split('\n').map(escaped).join('\n')}</bdi>`;
}

/** An external link, only for http and https addresses. */
export function linkOut(url: string | null | undefined, text: string): TemplateResult | typeof nothing {
  if (typeof url !== 'string' || !/^https?:\/\//i.test(url)) return nothing;
  const hint = language === 'ko' ? '새 창' : 'opens in a new window';
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${text} (${hint})</a>`;
}

export function money(amount: number, currency: string): string {
  return moneyText(amount, currency, language);
}

/** Korea time, because the shop and the PG use it. */
export function dateText(seconds: number, form: 'day' | 'minute' | 'second' = 'minute'): string {
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', {
    timeZone: 'Asia/Seoul',
    year: 'numeric',
    month: language === 'ko' ? '2-digit' : 'short',
    day: '2-digit',
    ...(form === 'day' ? {} : time),
    ...(form === 'second' ? { second: '2-digit' } : {}),
  }).format(seconds * 1_000);
}

export type AmountFault = 'empty' | 'unreadable' | 'decimals' | 'zero' | 'too_much';
export type Amount = { readonly amount: number } | { readonly fault: AmountFault };

/** Groups of three digits or none, with a currency sign before or after. Forms such as `1e3` or `0x10` are refused. */
const WRITTEN = /^[₩$]?\s?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s?원?$/;

/** Parses a typed amount in the major unit. */
export function amountIn(text: string, currency: string, left: number): Amount {
  // A Korean keyboard can also type wide digits.
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

/** The exact difference of two amounts of a currency, without floating point errors. */
export function minus(amount: number, other: number, currency: string): number {
  return Number((amount - other).toFixed(exponentOf(currency) ?? 2));
}

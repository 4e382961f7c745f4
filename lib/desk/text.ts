import { html, nothing, type TemplateResult } from 'lit-html';
import { escaped } from '../../functions/http/csv.ts';
import { exponentOf } from '../../functions/refund/currencies.ts';
import { moneyText } from '../client/messages.ts';
import type { Language } from '../client/options.ts';

const KEPT_AS = 'refunds-language';

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

export type Words = Readonly<Record<string, Readonly<Record<Language, string>>>>;
type Values = Readonly<Record<string, string | number>>;

/** Says the words of a page. `{name}` stands for a value: where it stands differs from language to language. */
export function speaker<Known extends Words>(words: Known) {
  const say = (name: keyof Known, values: Values = {}): string =>
    (words[name]?.[language] ?? '').replaceAll(/\{(\w+)\}/g, (_, value: string) =>
      escaped(String(values[value] ?? '')),
    );
  /** What is not in the list of words is shown as it came. */
  const nameOf = (prefix: string, value: string | null | undefined): string =>
    words[`${prefix}_${value ?? ''}`]?.[language] ?? escaped(value ?? '');
  return { say, nameOf };
}

/** Somebody's words: nothing in them acts, turns the direction of what stands beside them, or hides. Lines stay lines. */
export function foreign(text: string | null | undefined): TemplateResult | typeof nothing {
  if (text === null || text === undefined || text === '') return nothing;
  return html`<bdi>${text.split('\n').map(escaped).join('\n')}</bdi>`;
}

/** A link out of the page, or nothing: only http and https are followed, whatever stands in the data. */
export function linkOut(url: string | null | undefined, text: string): TemplateResult | typeof nothing {
  if (typeof url !== 'string' || !/^https?:\/\//i.test(url)) return nothing;
  const hint = language === 'ko' ? '새 창' : 'opens in a new window';
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${text} (${hint})</a>`;
}

export function money(amount: number, currency: string): string {
  return moneyText(amount, currency, language);
}

/** Korea time, with which the shop and the PG compare it. */
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

/** The difference of two amounts of a currency, without the dust of floating point. */
export function minus(amount: number, other: number, currency: string): number {
  return Number((amount - other).toFixed(exponentOf(currency) ?? 2));
}

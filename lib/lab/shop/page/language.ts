import { moneyText, type Language } from '../../../client/messages.ts';
import { BANKS_IN_ENGLISH } from '../words/banks.ts';
import { DEMO } from '../words/demo.ts';
import { ORDERS } from '../words/orders.ts';
import { REFUNDS } from '../words/refunds.ts';
import { STAFF } from '../words/staff.ts';
import { TIMELINE } from '../words/timeline.ts';

export type Both = Readonly<Record<Language, string>>;

/** Everything the page says itself; what the service says comes from its own table of codes. */
const WORDS = { ...ORDERS, ...REFUNDS, ...STAFF, ...TIMELINE, ...DEMO } as const satisfies Readonly<
  Record<string, Both>
>;
export type Word = keyof typeof WORDS;

const KEPT_AS = 'demo-language';

/** What somebody has chosen, else what the browser speaks. */
function spokenHere(): Language {
  const chosen = localStorage.getItem(KEPT_AS);
  if (chosen === 'ko' || chosen === 'en') return chosen;
  return /^ko\b/i.test(navigator.language) ? 'ko' : 'en';
}

/** The page is loaded again when somebody chooses another, so it is the same from the first line to the last. */
export const language: Language = spokenHere();

export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(KEPT_AS, chosen);
  location.reload();
}

/** `{name}` stands for a value: where it stands differs from language to language. */
export function say(name: Word, values: Readonly<Record<string, string | number>> = {}): string {
  return WORDS[name][language].replaceAll(/\{(\w+)\}/g, (_, value: string) => String(values[value] ?? ''));
}

export function isWord(name: string): name is Word {
  return Object.hasOwn(WORDS, name);
}

/** Names of ways to pay, PGs, states: what is not in the list is shown as it came. */
export function nameOf(prefix: string, value: string | null): string {
  const name = `${prefix}_${value ?? ''}`;
  return isWord(name) ? say(name) : (value ?? '');
}

/** As the client's own messages write it; `amount` in the major unit. */
export function money(amount: number, currency: string): string {
  return moneyText(amount, currency, language);
}

export function bankName(name: string): string {
  return language === 'ko' ? name : (BANKS_IN_ENGLISH[name] ?? name);
}

const ZONE = 'Asia/Seoul';

/** Korea time everywhere: it is what the shop's and the PG's people compare it with. `0` is never. */
export function dateText(seconds: number, form: 'day' | 'minute' | 'second' = 'minute'): string {
  if (seconds <= 0) return '–';
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const day = { year: 'numeric', month: language === 'ko' ? '2-digit' : 'short', day: '2-digit' } as const;
  const format = new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', {
    timeZone: ZONE,
    ...day,
    ...(form === 'day' ? {} : time),
    ...(form === 'second' ? { second: '2-digit' } : {}),
  });
  return format.format(seconds * 1_000);
}

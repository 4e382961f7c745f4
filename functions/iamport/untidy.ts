import * as v from 'valibot';
import { providerText, PROVIDER_TEXT_MAX_CHARACTERS } from '../refund/redact.ts';
import { timeOf } from '../refund/unix-seconds.ts';

/**
 * Values as i'mport and the PGs behind it really write them (IAMPORT 12). A value that money does not need is read
 * for what it means or is absent: it never fails, so that it never stops a refund nor leaves one in doubt.
 */

/** Every whole number that no double holds has sixteen digits or more. To read digit by digit takes ten times as long. */
const HAS_LONG_NUMBER = /\d{16}/;

/**
 * Undefined for what is not JSON: an HTML error page, an answer cut short, nothing at all. A whole number that no double holds is
 * the text of its digits, because ids are written as numbers, too.
 */
export function parseJson(body: string): unknown {
  try {
    return HAS_LONG_NUMBER.test(body) ? JSON.parse(body, digitByDigit) : JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** `source`: what stood in the text (ECMAScript 2026). */
function digitByDigit(_key: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  const isExact = typeof value !== 'number' || Number.isSafeInteger(value);
  return isExact || source === undefined || !/^-?\d+$/.test(source) ? value : source;
}

/** null, false and "" are how PHP says that there is nothing. */
export function isNothing(value: unknown): value is undefined | null | false | '' {
  return value === undefined || value === null || value === false || value === '';
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value.toWellFormed() : undefined;
}

/** Whatever it is, as it is read: no value fails. */
const readBy = <T>(read: (value: unknown) => T) => v.pipe(v.unknown(), v.transform(read));

/** A text that is kept: cut to its length, since an item must not grow by somebody else's words. */
export const keptText = readBy((value) => {
  const text = textOf(value);
  return text === undefined ? undefined : providerText(text);
});

function wordIn(value: unknown): string | undefined {
  const text = textOf(value)?.trim();
  return text === undefined || text.length > PROVIDER_TEXT_MAX_CHARACTERS ? undefined : text;
}

/** A word that other things are looked up by (an id, a method, a PG): never cut in two. */
export const word = readBy(wordIn);

/** An address that a person can follow; one cut to length would lead nowhere, so a longer one is absent. */
export const address = readBy((value) => {
  const text = wordIn(value);
  return text !== undefined && /^https?:\/\//i.test(text) ? text : undefined;
});

export const time = readBy(timeOf);

/** Only what says yes is yes. */
export const flag = readBy((value) => value === true || value === 'true' || value === 1 || value === '1');

/** A number that is needed; old samples write amounts as text ("0"). What is not a plain decimal is no number. */
export const plainNumber = v.union([
  v.number(),
  v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^-?\d+(\.\d+)?$/),
    v.transform((digits) => Number(digits)),
  ),
]);

/** A text that is needed, kept whole. */
export const neededText = v.pipe(
  readBy((value) => textOf(value)?.trim() ?? ''),
  v.minLength(1),
);

/** A number of the shop's own, which is a key: a space at its edge is part of it. */
export const orderNumber = v.pipe(
  readBy((value) => (typeof value === 'string' ? value.toWellFormed() : (textOf(value) ?? ''))),
  v.minLength(1),
);

/** A list, also as an object with the entries as its values, as one entry alone, or as JSON text of these; nothing is empty. */
export const entries = v.pipe(
  readBy((value): unknown => {
    const given = typeof value === 'string' && value !== '' ? parseJson(value) : value;
    if (isNothing(given)) return value === given || value === 'null' ? [] : undefined;
    if (typeof given !== 'object' || Array.isArray(given)) return given;
    return Object.hasOwn(given, 'amount') ? [given] : Object.values(given);
  }),
  v.array(v.unknown()),
);

/** A token's `sub` is shorter (OpenID Connect: at most 255 characters), so a longer one owns nothing. */
const CUSTOMER_ID_MAX_CHARACTERS = 255;
/** Text in text: the checkout's JSON, written as JSON once more by a client on the way. */
const CUSTOM_DATA_MAX_DEPTH = 3;

const CustomData = v.object({
  customer_id: v.union([
    v.pipe(v.string(), v.minLength(1), v.maxLength(CUSTOMER_ID_MAX_CHARACTERS)),
    v.pipe(v.number(), v.safeInteger(), v.transform(String)),
  ]),
});

/** Whom the payer named at the checkout: `{"customer_id": …}` as an object, as JSON text, or as text in text. */
export function customerIdOf(customData: unknown): string | undefined {
  let data = customData;
  for (let depth = 0; depth < CUSTOM_DATA_MAX_DEPTH && typeof data === 'string'; depth += 1)
    data = parseJson(data);
  const parsed = v.safeParse(CustomData, data);
  return parsed.success ? parsed.output.customer_id : undefined;
}

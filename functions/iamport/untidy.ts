import * as v from 'valibot';
import { providerText, PROVIDER_TEXT_MAX_CHARACTERS } from '../refund/redact.ts';
import { timeOf } from '../refund/unix-seconds.ts';

/**
 * Values as i'mport and the PGs behind it really write them (IAMPORT 12). A field that money does not depend on is interpreted or
 * absent: it never fails, so it never stops a refund or leaves one in doubt.
 */

/** Every whole number that no double holds has sixteen or more digits. The exact parser is ten times slower. */
const HAS_LONG_NUMBER = /\d{16}/;

/**
 * Undefined for invalid JSON: an HTML error page, a truncated answer, an empty body. A whole number that no double holds becomes
 * the text of its digits, because ids may be numbers.
 */
export function parseJson(body: string): unknown {
  try {
    return HAS_LONG_NUMBER.test(body) ? JSON.parse(body, digitByDigit) : JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** `source`: the number's text (ECMAScript 2026). */
function digitByDigit(_key: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  const isExact = typeof value !== 'number' || Number.isSafeInteger(value);
  return isExact || source === undefined || !/^-?\d+$/.test(source) ? value : source;
}

/** PHP writes null, false or "" for an absent value. */
export function isNothing(value: unknown): value is undefined | null | false | '' {
  return value === undefined || value === null || value === false || value === '';
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value.toWellFormed() : undefined;
}

/** Reads any value without failing. */
const readBy = <T>(read: (value: unknown) => T) => v.pipe(v.unknown(), v.transform(read));

/** A text that is stored: cut to its length, so that foreign text cannot make an item grow. */
export const keptText = readBy((value) => {
  const text = textOf(value);
  return text === undefined ? undefined : providerText(text);
});

function wordIn(value: unknown): string | undefined {
  const text = textOf(value)?.trim();
  return text === undefined || text.length > PROVIDER_TEXT_MAX_CHARACTERS ? undefined : text;
}

/** A word used for look-ups (an id, a method, a PG): never cut. */
export const word = readBy(wordIn);

/** A link that a person can open; a cut one would be wrong, so a longer one is absent. */
export const address = readBy((value) => {
  const text = wordIn(value);
  return text !== undefined && /^https?:\/\//i.test(text) ? text : undefined;
});

export const time = readBy(timeOf);

/** Only a clear yes counts as yes. */
export const flag = readBy((value) => value === true || value === 'true' || value === 1 || value === '1');

/** A required number; old samples write amounts as text ("0"). Anything but a plain decimal is invalid. */
export const plainNumber = v.union([
  v.number(),
  v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^-?\d+(\.\d+)?$/),
    v.transform((digits) => Number(digits)),
  ),
]);

/** A required text, kept whole. */
export const neededText = v.pipe(
  readBy((value) => textOf(value)?.trim() ?? ''),
  v.minLength(1),
);

/** An order number of the shop, which is a key: leading and trailing spaces belong to it. */
export const orderNumber = v.pipe(
  readBy((value) => (typeof value === 'string' ? value.toWellFormed() : (textOf(value) ?? ''))),
  v.minLength(1),
);

/** A list, also as an object of entries, as one entry, or as JSON text of these; an absent value is an empty list. */
export const entries = v.pipe(
  readBy((value): unknown => {
    const given = typeof value === 'string' && value !== '' ? parseJson(value) : value;
    if (isNothing(given)) return value === given || value === 'null' ? [] : undefined;
    if (typeof given !== 'object' || Array.isArray(given)) return given;
    return Object.hasOwn(given, 'amount') ? [given] : Object.values(given);
  }),
  v.array(v.unknown()),
);

/** A token's `sub` is shorter (OpenID Connect: at most 255 characters), so a longer value cannot be an owner. */
const CUSTOMER_ID_MAX_CHARACTERS = 255;
/** JSON text inside JSON text: a client encoded the checkout's JSON once more. */
const CUSTOM_DATA_MAX_DEPTH = 3;

const CustomData = v.object({
  customer_id: v.union([
    v.pipe(v.string(), v.minLength(1), v.maxLength(CUSTOMER_ID_MAX_CHARACTERS)),
    v.pipe(v.number(), v.safeInteger(), v.transform(String)),
  ]),
});

/** The customer that the payer named at the checkout: `{"customer_id": …}` as an object, as JSON text, or encoded twice. */
export function customerIdOf(customData: unknown): string | undefined {
  let data = customData;
  for (let depth = 0; depth < CUSTOM_DATA_MAX_DEPTH && typeof data === 'string'; depth += 1)
    data = parseJson(data);
  const parsed = v.safeParse(CustomData, data);
  return parsed.success ? parsed.output.customer_id : undefined;
}

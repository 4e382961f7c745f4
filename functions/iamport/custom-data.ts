import * as v from 'valibot';
import { parseJson } from './untidy.ts';

/** A token's `sub` is shorter (OpenID Connect: at most 255 characters), so a longer one owns nothing. */
const MAX_CHARACTERS = 255;
/** Text in text: the checkout's JSON, written as JSON once more by a client on the way. */
const MAX_DEPTH = 3;

const CustomData = v.object({
  customer_id: v.union([
    v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_CHARACTERS)),
    v.pipe(v.number(), v.safeInteger(), v.transform(String)),
  ]),
});

/** Whom the payer named at the checkout: `{"customer_id": …}` as an object, as JSON text, or as text in text. */
export function customerIdOf(customData: unknown): string | undefined {
  let data = customData;
  for (let depth = 0; depth < MAX_DEPTH && typeof data === 'string'; depth += 1) data = parseJson(data);
  const parsed = v.safeParse(CustomData, data);
  return parsed.success ? parsed.output.customer_id : undefined;
}

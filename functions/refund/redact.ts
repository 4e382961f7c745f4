import type { RefundAccount } from './intent.ts';

/** Texts of the provider are shown and stored up to this length, so that foreign text cannot make an item grow. */
export const PROVIDER_TEXT_MAX_CHARACTERS = 200;
const MASK = '***';

/** What may stand between two characters of a typed number: anything but a letter or digit. */
const BETWEEN = '[^\\p{L}\\p{N}]*';

/**
 * A PG quotes its input ("계좌번호 110-… 오류"), and people type account numbers into reasons. The account's own values are removed
 * from a text before it is stored or told, also with other marks between the digits, and with full-width or circled digits, which
 * Korean keyboards offer.
 */
export function withoutAccount(text: string, account: RefundAccount | undefined): string {
  let result = text;
  for (const secret of [account?.account, account?.tel, account?.holder]) {
    // A single character would be removed from every word.
    if (secret === undefined || secret.trim().length < 2) continue;
    const characters = Array.from(secret)
      .filter((character) => /[\p{L}\p{N}]/u.test(character))
      .map(anyForm);
    if (characters.length > 0) result = result.replaceAll(new RegExp(characters.join(BETWEEN), 'giu'), MASK);
  }
  return result;
}

const FULL_WIDTH_ZERO = 0xff10;
const CIRCLED_ZERO = 0x24ea;
const CIRCLED_ONE = 0x2460;

function anyForm(character: string): string {
  if (!/^[0-9]$/.test(character)) return character;
  const digit = Number(character);
  const circled = digit === 0 ? CIRCLED_ZERO : CIRCLED_ONE + digit - 1;
  return `[${character}${String.fromCodePoint(FULL_WIDTH_ZERO + digit, circled)}]`;
}

export function providerText(text: string, account?: RefundAccount): string {
  // Half a surrogate pair is not valid text.
  const cut = withoutAccount(text, account).toWellFormed().slice(0, PROVIDER_TEXT_MAX_CHARACTERS);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

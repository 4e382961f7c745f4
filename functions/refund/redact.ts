import type { RefundAccount } from './intent.ts';

/** Texts of the provider are shown and kept up to this length (DESIGN: an item must not grow by somebody else's words). */
export const PROVIDER_TEXT_MAX_CHARACTERS = 200;
const MASK = '***';

/**
 * A PG quotes what it was given ("계좌번호 110-… 오류"), and people type account numbers into reasons. The account's own
 * values are blotted out of a text before it is kept or told, also where hyphens or spaces have been put between digits.
 */
export function blotOut(text: string, account: RefundAccount | undefined): string {
  let result = text;
  for (const secret of [account?.account, account?.tel, account?.holder]) {
    // One character alone names nobody, and would blot it out of every word.
    if (secret === undefined || secret.trim().length < 2) continue;
    const characters = Array.from(secret)
      .filter((character) => !/[\s-]/.test(character))
      .map(escapeForRegExp);
    if (characters.length > 0)
      result = result.replaceAll(new RegExp(characters.join('[\\s-]*'), 'giu'), MASK);
  }
  return result;
}

export function providerText(text: string, account?: RefundAccount): string {
  const cut = blotOut(text, account).slice(0, PROVIDER_TEXT_MAX_CHARACTERS);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

function escapeForRegExp(character: string): string {
  return /[\p{L}\p{N}]/u.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

import type { RefundAccount } from './payment.ts';

/** A PG's text is shown and kept up to this length; longer ones carry nothing more to act on. */
const MESSAGE_MAX_CHARACTERS = 500;
const MASK = '***';

/**
 * A PG quotes what it was given ("계좌번호 110-… 오류"). Its text goes to the caller and into the record, so the
 * account's own values are blotted out of it first, also where hyphens or spaces have been put between digits.
 */
export function redactAccount(text: string, account: RefundAccount | undefined): string {
  let result = text;
  for (const secret of [account?.account, account?.tel, account?.holder]) {
    if (secret === undefined || secret.trim() === '') continue;
    const characters = Array.from(secret)
      .filter((character) => !/[\s-]/.test(character))
      .map(escapeForRegExp);
    if (characters.length > 0)
      result = result.replaceAll(new RegExp(characters.join('[\\s-]*'), 'giu'), MASK);
  }
  return result.slice(0, MESSAGE_MAX_CHARACTERS);
}

function escapeForRegExp(character: string): string {
  return /[\p{L}\p{N}]/u.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

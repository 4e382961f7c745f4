/** i'mport's console writes this text itself (help centre, admin-console/payment-service/content29; IAMPORT 3). */
export const CONSOLE_REASON = '관리자페이지취소';

/** `reason` is String(256) in i'mport's API; caller's text and tag together must fit (IAMPORT 2). */
export const REASON_MAX_CHARACTERS = 256;

/** An id is as good as a tag: a PG may escape or replace the brackets, and nobody guesses 120 random bits (P6). */
const ANY_ID = /rf_[0-9a-z]{24}/gi;

export function tagOf(refundId: string): string {
  return `[${refundId}]`;
}

/**
 * The `reason` that i'mport gets: our tag first, because a PG cuts at the end, then the caller's words. Words that look
 * like a tag or like the console's own text are changed, so that no caller can sign for another refund or for a person.
 */
export function taggedReason(reason: string | undefined, refundId: string): string {
  const tag = tagOf(refundId);
  if (reason === undefined || reason.trim() === '') return tag;
  const room = REASON_MAX_CHARACTERS - tag.length - 1;
  const neutral = reason.replaceAll(/rf_/gi, 'rf-').replaceAll(CONSOLE_REASON, '관리자 페이지 취소');
  let words = neutral.slice(0, room);
  // A pair of surrogates cut in two would not survive the wire.
  if (!words.isWellFormed()) words = words.slice(0, -1);
  return `${tag} ${words}`;
}

/** The refund ids that a text of the provider carries. */
export function idsIn(reason: string | undefined): readonly string[] {
  return [...(reason ?? '').matchAll(ANY_ID)].map(([id]) => id.toLowerCase());
}

export function carriesTag(reason: string | undefined, refundId: string): boolean {
  return idsIn(reason).includes(refundId.toLowerCase());
}

export function carriesAnotherTag(reason: string | undefined, refundId: string): boolean {
  return idsIn(reason).some((id) => id !== refundId.toLowerCase());
}

export function isConsoleText(reason: string | undefined): boolean {
  return (reason ?? '').trim() === CONSOLE_REASON;
}

/** Empty, or a beginning or an end of what we sent, as a PG leaves it that cuts or drops reasons. Never the console's text. */
export function isWhatIsLeftOf(sent: string, reason: string | undefined): boolean {
  // A character cut in two by a limit in bytes comes back as a replacement character.
  const left = (reason ?? '').trim().replaceAll(/^\uFFFD+|\uFFFD+$/g, '');
  if (left === '') return true;
  return !isConsoleText(left) && (sent.startsWith(left) || sent.endsWith(left));
}

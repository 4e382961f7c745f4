/**
 * One segment of a path at i'mport. Undefined where there can be no such segment: `.` and `..` would rewrite the path, encoded
 * or not (the URL standard reads `%2E` as a dot), an empty one would make it another path, half a surrogate has no bytes.
 */
export function segment(text: string): string | undefined {
  if (text === '' || /^\.{1,2}$/.test(text) || !text.isWellFormed()) return undefined;
  return encodeURIComponent(text).replaceAll('.', '%2E');
}

/** A path out of literal words and of segments of somebody else's; undefined where one of these cannot be one. */
export function pathOf(words: TemplateStringsArray, ...values: readonly string[]): string | undefined {
  const segments = values.map(segment);
  if (!segments.every((each) => each !== undefined)) return undefined;
  return String.raw({ raw: words }, ...segments);
}

/** What stands at i'mport where an `imp_uid` would (IAMPORT 5): asked for as a payment, it answers with anything. */
const OWN_WORDS: ReadonlySet<string> = new Set(['cancel', 'find', 'findall', 'prepare', 'status']);

/** Payments of test channels are hidden without `include_sandbox` since 2026-01-26. */
export function pathOfPayment(impUid: string): string | undefined {
  return OWN_WORDS.has(impUid.toLowerCase()) ? undefined : pathOf`payments/${impUid}?include_sandbox=true`;
}

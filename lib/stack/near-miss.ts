/** The known name that was probably meant: it differs by one or two letters, or contains the given text. */
export function nearMiss(given: string, known: readonly string[]): string | undefined {
  const word = given.toLowerCase();
  const close = known.filter((name) => {
    const other = name.toLowerCase();
    return other.startsWith(word) || word.startsWith(other) || editDistance(word, other) <= 2;
  });
  return close.toSorted(
    (one, other) => editDistance(word, one.toLowerCase()) - editDistance(word, other.toLowerCase()),
  )[0];
}

/** The number of letters to add, remove or change (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of one.split('').entries()) {
    const next = [index + 1];
    for (const [column, otherLetter] of other.split('').entries()) {
      const changed = (row[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

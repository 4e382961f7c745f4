/**
 * Builds something at the start of an environment, so that the first request does not wait for it. A failure then does not end
 * the start: Lambda would start again and again without a word of ours. It is thrown to every request instead, which answers
 * 500 and raises the metric.
 */
export function builtOnce<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  const get = (): T => (built ??= { value: build() }).value;
  try {
    get();
  } catch {
    // Told by the first request.
  }
  return get;
}

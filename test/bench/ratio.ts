interface Results {
  readonly get: (name: never) => { readonly latency: { readonly p50: number } };
}

/** Prints how the medians of two sides compare; both were measured in the same run. */
export function medianRatio(results: Results, ours: string, other: string): void {
  const median = (name: string): number => results.get(name as never).latency.p50;
  const ratio = median(ours) / median(other);
  console.log(
    `${ours}: ${median(ours).toFixed(2)} ms; ${other}: ${median(other).toFixed(2)} ms (medians); ratio ${ratio.toFixed(2)}`,
  );
}

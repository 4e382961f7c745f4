/** Ends a `switch` over a union: the compiler reports a missing case, and an unexpected value throws here. */
export function assertNever(value: never): never {
  throw new Error(`Bug: unhandled case ${JSON.stringify(value)}`);
}

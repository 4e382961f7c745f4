/** Ends a `switch` over a union: the compiler refuses a forgotten case, and a value from outside the types stops here. */
export function assertNever(value: never): never {
  throw new Error(`Bug: unhandled case ${JSON.stringify(value)}`);
}

export function assertNever(value: never): never {
  throw new Error(`Bug: ${String(value)}`);
}

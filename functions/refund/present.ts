/** Fields of a value that may be missing; inside, missing is absent, never undefined or null. */
export type Present<T> = { readonly [K in keyof T]?: NonNullable<T[K]> };

/** Leaves out what is undefined or null. */
export function present<T extends object>(fields: T): Present<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as Present<T>;
}

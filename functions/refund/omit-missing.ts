/** A value's optional fields; inside, a missing field is absent, never undefined or null. */
export type WithoutMissing<T> = { readonly [K in keyof T]?: NonNullable<T[K]> };

/** Removes fields that are undefined or null. */
export function omitMissing<T extends object>(fields: T): WithoutMissing<T> {
  const left: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = (fields as Record<string, unknown>)[name];
    if (value !== undefined && value !== null) left[name] = value;
  }
  return left as WithoutMissing<T>;
}

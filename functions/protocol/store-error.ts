/**
 * The table could not be reached or answered in time. A write that ended so may have been applied. Not thrown for a
 * condition that did not hold: that is a value.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code = 'STORE_ERROR';
  /** False only when the service refused the one and only try. */
  readonly mayHaveBeenApplied: boolean;

  constructor(message: string, options: { readonly mayHaveBeenApplied: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.mayHaveBeenApplied = options.mayHaveBeenApplied;
  }
}

/** What the one on call has to know: what could not be done, why, and what to do about it. */
export class OperationsError extends Error {
  override readonly name = 'OperationsError';
  /** What to do, as a sentence. */
  readonly advice: string;

  constructor(message: string, advice: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.advice = advice;
  }
}

/** The command line says what nobody can do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

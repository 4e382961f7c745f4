/** The local run cannot start or continue for a reason that the developer can fix; the message says how. */
export class LocalRunError extends Error {
  override readonly name = 'LocalRunError';
}

/** Turns a file error of the directory into a one-line error that the developer can fix; other errors are unchanged. */
export function mendable(error: unknown, directory: string): unknown {
  const isOfFile = error instanceof Error && 'path' in error;
  if (!isOfFile) return error;
  const hint = 'remove it, or choose another with LOCAL_DIRECTORY=…';
  return new LocalRunError(`${directory} cannot be used (${error.message}): ${hint}`, { cause: error });
}

/** An error of the local run itself in one line, with its position in the code. */
export function inOneLine(error: unknown): string {
  const [, place = ''] = (error instanceof Error ? (error.stack ?? '') : '').split(/\n\s+(?=at )/);
  return `The local run itself failed: ${String(error)} ${place}`.trimEnd();
}

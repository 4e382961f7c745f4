/** The local run cannot start or continue for a reason that the developer can fix; the message says how. */
export class LocalRunError extends Error {
  override readonly name = 'LocalRunError';
}

/** System errors of an unusable directory, which the developer can fix. */
const OF_THE_DIRECTORY = new Set([
  'EACCES',
  'EDQUOT',
  'EEXIST',
  'EISDIR',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Turns a file error of the directory into a one-line error; other errors are unchanged. */
export function mendable(error: unknown, directory: string): unknown {
  if (!(error instanceof Error) || error instanceof LocalRunError) return error;
  const code = 'code' in error ? String(error.code) : '';
  if ('path' in error && OF_THE_DIRECTORY.has(code)) {
    const hint = 'choose another with LOCAL_DIRECTORY=…';
    return new LocalRunError(`${directory} cannot be used (${error.message}): ${hint}`, { cause: error });
  }
  return error;
}

/** An error of the local run itself in one line, with its position in the code. */
export function inOneLine(error: unknown): string {
  const [, place = ''] = (error instanceof Error ? (error.stack ?? '') : '').split(/\n\s+(?=at )/);
  return `The local run itself failed: ${String(error)} ${place}`.trimEnd();
}

/** The local run cannot start or go on, for a reason that the person at the terminal can mend; the message says how. */
export class LocalRunError extends Error {
  override readonly name = 'LocalRunError';
}

/** The template asks for something that the local run does not play. It plays all of a template or nothing (promise 7). */
export class UnplayableTemplateError extends LocalRunError {}

/** What the system says when a directory cannot be used, all of it for the person at the terminal to mend. */
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

/** A file of the directory that cannot be made, read or written, told in one line; every other error as it is. */
export function mendable(error: unknown, directory: string): unknown {
  if (!(error instanceof Error) || error instanceof LocalRunError) return error;
  const code = 'code' in error ? String(error.code) : '';
  if ('path' in error && OF_THE_DIRECTORY.has(code)) {
    const hint = 'choose another with LOCAL_DIRECTORY=…';
    return new LocalRunError(`${directory} cannot be used (${error.message}): ${hint}`, { cause: error });
  }
  return error;
}

/** A fault of the local run's own in one line, with the place in the code that threw. */
export function inOneLine(error: unknown): string {
  const [, place = ''] = (error instanceof Error ? (error.stack ?? '') : '').split(/\n\s+(?=at )/);
  return `The local run itself failed: ${String(error)} ${place}`.trimEnd();
}

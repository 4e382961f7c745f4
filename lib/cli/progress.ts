import type { WriteStream } from 'node:tty';

export interface Progress {
  /** Replaces the line. */
  readonly tell: (line: string) => void;
  /** Erases the line. */
  readonly end: () => void;
}

/** A progress line for long commands, on a terminal only; a pipe gets nothing. */
export function progressOn(
  stream: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number },
): Progress {
  if (stream.isTTY !== true) return { tell: () => undefined, end: () => undefined };
  // A terminal without a size reports 0 columns.
  const width = stream.columns === undefined || stream.columns === 0 ? 80 : stream.columns;
  const clear = '\r\u001B[2K';
  return {
    tell: (line) => void stream.write(clear + line.slice(0, width - 1)),
    end: () => void stream.write(clear),
  };
}

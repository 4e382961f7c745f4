import type { WriteStream } from 'node:tty';

export interface Progress {
  /** Writes the line anew. */
  readonly tell: (line: string) => void;
  /** Leaves nothing behind. */
  readonly end: () => void;
}

/** One line that tells how far a long command is: on a terminal only, and silence in a pipe. */
export function progressOn(
  stream: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number },
): Progress {
  if (stream.isTTY !== true) return { tell: () => undefined, end: () => undefined };
  // A terminal without a size says 0.
  const width = stream.columns === undefined || stream.columns === 0 ? 80 : stream.columns;
  const clear = '\r\u001B[2K';
  return {
    tell: (line) => void stream.write(clear + line.slice(0, width - 1)),
    end: () => void stream.write(clear),
  };
}

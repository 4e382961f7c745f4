/** One line a second is enough. */
const PACE_MS = 2_000;

/** Prints the progress of a long test on a terminal (the configuration decides); silent in a pipe. */
export function progressOf(what: string): (count: number) => void {
  let toldAtMs = Date.now();
  return (count) => {
    if (process.env['SHOW_PROGRESS'] !== '1' || Date.now() - toldAtMs < PACE_MS) return;
    toldAtMs = Date.now();
    console.log(`${what}: ${count.toLocaleString('en-US')}`);
  };
}

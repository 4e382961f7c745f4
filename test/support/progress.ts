/** A line a second is more than anybody reads. */
const PACE_MS = 2_000;

/** Tells how far a long test is, when somebody watches (the configuration asks the terminal); silent in a pipe. */
export function progressOf(what: string): (count: number) => void {
  let toldAtMs = Date.now();
  return (count) => {
    if (process.env['SHOW_PROGRESS'] !== '1' || Date.now() - toldAtMs < PACE_MS) return;
    toldAtMs = Date.now();
    console.log(`${what}: ${count.toLocaleString('en-US')}`);
  };
}

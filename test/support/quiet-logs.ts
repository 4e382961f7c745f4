/** Thousands of log lines would hide the tests' own output. `SHOW_LOGS=1 npm test` shows them. */
const write = process.stdout.write.bind(process.stdout);

if (process.env['SHOW_LOGS'] !== '1') {
  process.stdout.write = (chunk: string | Uint8Array, ...rest: never[]) =>
    typeof chunk === 'string' && chunk.startsWith('{"level":') ? true : write(chunk, ...rest);
}

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { COULD_NOT, WHERE, type Command, type Given, type Surroundings } from '../command.ts';
import { post } from '../local-run.ts';
import { OperationsError, UsageError } from '../operations-error.ts';
import { Run, reportLines, type Report } from '../reconciliation.ts';
import { openTable } from '../tables.ts';
import { localTarget, targetOf } from '../targets.ts';
import { timeWindowOf, type TimeWindow } from '../time-window.ts';

export const reconcileCommand: Command = {
  name: 'reconcile',
  takes: '',
  positionals: 0,
  summary: "compares the table with i'mport's lists now, or tells the last comparisons (--last)",
  about: [
    'Without --from the last hours are compared, as the schedule does. Times are Korea time, or Unix seconds.',
    'In AWS it invokes --function with the aws command; a window that one run cannot walk is gone on with by the next.',
    '--last reads the notes in the table (--table, or the local run) and compares nothing.',
  ],
  options: {
    function: {
      kind: 'text',
      value: 'NAME',
      about: 'in AWS: ReconciliationFunction in the outputs of the stack',
    },
    from: {
      kind: 'text',
      value: 'TIME',
      about: '2026-11-01, 2026-11-01T09:00:00+09:00 or Unix seconds; at most 90 days',
    },
    to: { kind: 'text', value: 'TIME', about: 'until when (else until now)' },
    last: { kind: 'flag', about: 'only tell what the last comparisons have found' },
    'imp-uid': { kind: 'text', value: 'IMP_UID', about: 'of the cases, only those of this payment' },
    ...WHERE,
  },
  exits: [
    'compared to the end, everything is explained',
    'not to the end yet, or something is unexplained',
    COULD_NOT,
  ],
  run: async (given, world) => (given.flag('last') ? tellLast(given, world) : compare(given, world)),
};

const COMPARING = ['from', 'to', 'function'];

async function tellLast(given: Given, world: Surroundings): Promise<number> {
  const vain = COMPARING.find((option) => given.text(option) !== undefined);
  if (vain !== undefined) throw new UsageError(`--last compares nothing, so it takes no --${vain}.`);
  const store = await (world.openTable ?? openTable)(targetOf(given, world));
  const notes = await store.reconciliation();
  const last = Object.values(notes?.last ?? {});
  if (given.flag('json')) world.out(JSON.stringify({ last, positions: notes?.positions ?? {} }));
  else if (last.length === 0) world.out('No comparison has come to its end yet.');
  else {
    for (const { window, finishedAtMs, report } of last)
      for (const line of reportLines(report, { window, finishedAtMs, impUid: given.text('imp-uid') }))
        world.out(line);
  }
  return last.length > 0 && last.every(({ report }) => isExplained(report)) ? 0 : 1;
}

async function compare(given: Given, world: Surroundings): Promise<number> {
  const window = timeWindowOf(given, world.nowMs());
  const name = given.text('function');
  if (given.text('table') !== undefined && name === undefined)
    throw new UsageError(
      'In AWS reconcile needs --function; --table tells the last comparisons with --last.',
    );
  const body = name === undefined ? await locally(given, window, world) : await inAws(name, given, window);
  const run = v.safeParse(Run, body);
  if (!run.success)
    throw new OperationsError(
      `The comparison did not answer with a report: ${JSON.stringify(body)}`,
      LOOK_INTO_LOG,
    );
  const { finished, failed, report } = run.output;
  if (given.flag('json')) world.out(JSON.stringify(body));
  else {
    for (const line of reportLines(report, { impUid: given.text('imp-uid') })) world.out(line);
    if (failed !== undefined) world.out(`It ended early: ${failed}. The next run goes on there.`);
    else if (!finished) world.out('Not to the end yet: run it again, it goes on there.');
  }
  return finished && isExplained(report) ? 0 : 1;
}

const LOOK_INTO_LOG =
  'Look into the log of the function: ReconciliationFunction and LogGroupNames in the outputs.';

async function locally(given: Given, window: TimeWindow, { env }: Surroundings): Promise<unknown> {
  const { url } = localTarget(given.text('url'), env['PORT']);
  const { status, body } = await post(`${url}/_local/reconcile`, window);
  if (status === 200) return body;
  throw new OperationsError(
    `The comparison of ${url} did not run (${status}: ${JSON.stringify(body)}).`,
    'Look into functions.log in the directory of the local run.',
  );
}

/** As long as Lambda lets it run. */
const LONGEST_RUN_SECONDS = 900;

async function inAws(name: string, given: Given, window: TimeWindow): Promise<unknown> {
  const folder = await mkdtemp(path.join(tmpdir(), 'refunds-reconcile-'));
  const answer = path.join(folder, 'answer.json');
  const region = given.text('region');
  const payload = JSON.stringify('fromSeconds' in window ? window : { window: 'recent' });
  const readTimeout = String(LONGEST_RUN_SECONDS + 20);
  const words = ['lambda', 'invoke', '--function-name', name, '--payload', payload];
  words.push('--cli-binary-format', 'raw-in-base64-out', '--cli-read-timeout', readTimeout);
  if (region !== undefined) words.push('--region', region);
  try {
    await promisify(execFile)('aws', [...words, answer]);
    return JSON.parse(await readFile(answer, 'utf8')) as unknown;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    const line = ['aws', ...words, 'answer.json'].map((word) =>
      /^[\w./:-]+$/.test(word) ? word : `'${word}'`,
    );
    throw new OperationsError(
      `aws could not invoke ${name}: ${said}`,
      `Run it where aws is signed in: ${line.join(' ')}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isExplained({ unexplainedPayments, unreadable }: Report): boolean {
  return unexplainedPayments === 0 && unreadable === 0;
}

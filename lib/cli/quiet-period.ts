import type { Given, Option, Surroundings } from './command.ts';
import { localInfo } from './local-run.ts';
import { UsageError } from './operations-error.ts';
import type { Target } from './targets.ts';

export const QUIET_PERIOD: Readonly<Record<string, Option>> = {
  'quiet-period': {
    kind: 'text',
    value: 'SECONDS',
    about: 'with --table: QuietPeriodSeconds in the outputs; without it --json has drift null, "not known"',
  },
};

/**
 * How long a request may still be executed, in ms: what is drift depends on it (row 7e). A local run says it; a table knows
 * nothing of it, so of one in AWS it is undefined unless it is given. @throws UsageError, OperationsError
 */
export async function quietPeriodMs(
  given: Given,
  target: Target,
  { localInfo: ask = localInfo }: Pick<Surroundings, 'localInfo'>,
): Promise<number | undefined> {
  const seconds = given.text('quiet-period');
  if (target.kind === 'local') {
    if (seconds !== undefined)
      throw new UsageError('--quiet-period belongs to --table: a local run tells its own.');
    return inMs((await ask(target.url)).quiet_period_seconds);
  }
  if (seconds !== undefined && !/^[1-9]\d{0,3}$/.test(seconds))
    throw new UsageError(`--quiet-period must be a whole number of seconds, not "${seconds}".`);
  return inMs(seconds === undefined ? undefined : Number(seconds));
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { COULD_NOT, IMP_UID, WHERE, type Command } from '../command.ts';
import { drain } from '../drain.ts';
import { countInDoubt } from '../in-doubt.ts';
import { post } from '../local-run.ts';
import { OperationsError } from '../operations-error.ts';
import { openTable } from '../tables.ts';
import { targetOf, type Target } from '../targets.ts';

/** The schedule comes every minute, and a request is sent again after three: five minutes without a change are a standstill. */
const AWS_TURN_MS = 30_000;
const AWS_PATIENCE = 10;
const LOCAL_TURN_MS = 1_000;
const LOCAL_PATIENCE = 5;
const TELL_EVERY_MS = 1_000;

export const drainCommand: Command = {
  name: 'drain',
  takes: '',
  positionals: 0,
  summary: 'waits until nothing is in doubt: a local run resolves it now, in AWS the schedule does',
  about: [
    'It gives up when nothing has changed for five minutes (a local run: for five runs of its resolver).',
    'It settles nothing by itself: what no rule decides is for people (close).',
  ],
  options: { ...IMP_UID, ...WHERE },
  exits: ['nothing is in doubt', 'something is still in doubt, and nothing changes', COULD_NOT],
  run: async (given, world) => {
    const target = targetOf(given, world);
    const store = await (world.openTable ?? openTable)(target);
    const inDoubt = async (): Promise<number> => countInDoubt(store, given.text('imp-uid'));
    const told = { tell: world.progress, tellEveryMs: TELL_EVERY_MS };
    const left = await drain({ ...turnsOf(target), inDoubt, ...told }).finally(() => world.progress(''));
    world.out(given.flag('json') ? JSON.stringify({ in_doubt: left }) : inWords(left));
    return left === 0 ? 0 : 1;
  },
};

function inWords(left: number): string {
  return left === 0
    ? 'Nothing is in doubt.'
    : `${left} in doubt, and nothing changes: their time has not come, or i'mport cannot tell yet. See list.`;
}

function turnsOf(target: Target): { readonly turn: () => Promise<void>; readonly patience: number } {
  if (target.kind === 'aws') return { turn: async () => sleep(AWS_TURN_MS), patience: AWS_PATIENCE };
  const turn = async (): Promise<void> => {
    const { status, body } = await post(`${target.url}/_local/resolve`, {});
    if (status !== 200) {
      throw new OperationsError(
        `The resolver of ${target.url} did not run (${status}: ${JSON.stringify(body)}).`,
        'Look into functions.log in the directory of the local run.',
      );
    }
    await sleep(LOCAL_TURN_MS);
  };
  return { turn, patience: LOCAL_PATIENCE };
}

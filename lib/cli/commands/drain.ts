import { setTimeout as sleep } from 'node:timers/promises';
import { COULD_NOT, IMP_UID, OperationsError, type Command } from '../command.ts';
import { post } from '../local-run.ts';
import { countInDoubt } from '../open-refunds.ts';
import { openTables } from '../tables.ts';
import { targetOf, WHERE, type Target } from '../where.ts';

/** The schedule runs every minute, and two looks after three minutes decide, so five minutes without a change mean no progress. */
const AWS_TURN_MS = 30_000;
const AWS_PATIENCE = 10;
const LOCAL_TURN_MS = 1_000;
const LOCAL_PATIENCE = 5;

export const drainCommand: Command = {
  name: 'drain',
  takes: '',
  positionals: 0,
  summary: 'waits until nothing is in doubt any more',
  about: [
    'In a local run it starts the resolver itself; in AWS the schedule runs it every minute.',
    'It stops if nothing changes for five minutes (in a local run: for five runs of the resolver).',
    'It decides nothing itself. Staff close what no rule decides (close).',
  ],
  options: { ...IMP_UID, ...WHERE },
  exits: ['nothing is in doubt', 'some refunds stay in doubt, and nothing changes', COULD_NOT],
  run: async (given, world) => {
    const target = targetOf(given, world);
    const { ledger } = await (world.openTables ?? openTables)(target);
    const inDoubt = async (): Promise<number> => countInDoubt(ledger, given.text('imp-uid'));
    const draining = drain({ ...turnsOf(target), inDoubt, tell: world.progress });
    const left = await draining.finally(() => world.progress(''));
    if (given.flag('json')) world.json({ in_doubt: left });
    else world.out(inWords(left));
    return left === 0 ? 0 : 1;
  },
};

function inWords(left: number): string {
  return left === 0
    ? 'Nothing is in doubt.'
    : `${left} in doubt, and nothing changes: it is too early to decide them, or i'mport does not show the outcome yet. See list.`;
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

export interface DrainWorld {
  /** Refunds whose outcome is not known yet. */
  readonly inDoubt: () => Promise<number>;
  /** Runs the resolver once, or waits for the schedule. */
  readonly turn: () => Promise<void>;
  /** The number of turns without a change after which drain stops. */
  readonly patience: number;
  readonly tell: (line: string) => void;
}

/** Waits until no refund is in doubt, or nothing changes any more. Resolves to how many are left. */
export async function drain({ inDoubt, turn, patience, tell }: DrainWorld): Promise<number> {
  const atFirst = await inDoubt();
  let left = atFirst;
  let unchanged = 0;
  while (left > 0 && unchanged < patience) {
    tell(`${atFirst - left} of ${atFirst} resolved`);
    await turn();
    const before = left;
    left = await inDoubt();
    unchanged = left === before ? unchanged + 1 : 0;
  }
  return left;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { COULD_NOT, IMP_UID, type Command } from '../command.ts';
import { runLocally } from '../local-run.ts';
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
    const impUid = given.text('imp-uid');
    const inDoubt = async (): Promise<number> => {
      const open = await ledger.openRefunds();
      return open.filter((each) => impUid === undefined || each.impUid === impUid).length;
    };
    const left = await drain({ ...turnsOf(target), inDoubt, tell: world.notice });
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
    await runLocally(target.url, 'resolve', {});
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
  for (let unchanged = 0; left > 0 && unchanged < patience;) {
    await turn();
    const before = left;
    left = await inDoubt();
    unchanged = left === before ? unchanged + 1 : 0;
    if (unchanged === 0) tell(`${atFirst - left} of ${atFirst} resolved`);
  }
  return left;
}

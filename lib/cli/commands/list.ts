import { COULD_NOT, IMP_UID, WHERE, type Command } from '../command.ts';
import { openLine } from '../explain.ts';
import { openOnes, type Open } from '../in-doubt.ts';
import { openJson } from '../json.ts';
import { QUIET_PERIOD, quietPeriodMs } from '../quiet-period.ts';
import { openTable } from '../tables.ts';
import { targetOf } from '../targets.ts';

export const listCommand: Command = {
  name: 'list',
  takes: '',
  positionals: 0,
  summary: 'refunds that are not final, oldest first: why each is open, and both balances',
  about: [
    'It asks the index of refunds that are not final, and scans nothing: of what is final, explain tells.',
    'An item that cannot be read is named with the reason, and hides no other: those in which a refund is in doubt, and',
    'those that the last comparisons (reconcile) could not read.',
    "It reads the table alone: i'mport's balance is told as the last look has noted it.",
  ],
  options: {
    'in-doubt': { kind: 'flag', about: 'changes nothing: only refunds in doubt are ever listed' },
    ...IMP_UID,
    ...WHERE,
    ...QUIET_PERIOD,
  },
  exits: ['everything that is open is listed', 'some items cannot be read, and are named', COULD_NOT],
  run: async (given, world) => {
    const target = targetOf(given, world);
    const store = await (world.openTable ?? openTable)(target);
    const looking = { impUid: given.text('imp-uid'), tell: world.progress };
    const open = await openOnes(store, looking).finally(() => world.progress(''));
    const nowMs = world.nowMs();
    if (given.flag('json')) {
      const seen = { nowMs, quietPeriodMs: await quietPeriodMs(given, target, world) };
      world.out(JSON.stringify(openJson(open, seen)));
    } else tell(open, nowMs, world.out);
    return open.unreadable.length === 0 ? 0 : 1;
  },
};

function tell({ inDoubt, unreadable }: Open, nowMs: number, out: (line: string) => void): void {
  for (const each of inDoubt) out(openLine(each, nowMs));
  for (const { merchantUid, impUid, why, isInDoubt } of unreadable) {
    const entry = isInDoubt ? 'UnreadableInDoubt' : 'UnreadableItems';
    out(`CANNOT BE READ  ${merchantUid}  ${impUid}  ${why}. See ${entry} in the runbook.`);
  }
  const hidden = unreadable.filter(({ isInDoubt }) => isInDoubt).length;
  const counted = inDoubt.length + hidden;
  const broken = hidden === 0 ? '' : `, ${hidden} of them in items that cannot be read`;
  out(counted === 0 ? 'Nothing is in doubt.' : `${counted} in doubt${broken}.`);
}

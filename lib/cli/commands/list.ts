import { isDrift } from '../../../functions/protocol/doubt.ts';
import { standingProposal } from '../../../functions/refund/closing.ts';
import { refundJson, type Json } from '../../../functions/http/representation.ts';
import { toDecimal } from '../../../functions/refund/money.ts';
import { COULD_NOT, IMP_UID, type Command } from '../command.ts';
import { openOnes, type InDoubt, type Open } from '../open-refunds.ts';
import { balancesWords } from '../story.ts';
import { openTables } from '../tables.ts';
import { QUIET_PERIOD, quietPeriodOf, targetOf, WHERE } from '../where.ts';
import { age, money, named } from '../words.ts';

export const listCommand: Command = {
  name: 'list',
  takes: '',
  positionals: 0,
  summary: 'refunds that are not final, the oldest first, and why each is open',
  about: [
    'It asks the index of refunds that are not final, and scans nothing: of what is final, explain tells.',
    'A refund that cannot be read is named with the reason, and hides no other.',
    "It reads the ledger alone: i'mport's balance is told as the last look has noted it.",
  ],
  options: { ...IMP_UID, ...WHERE, ...QUIET_PERIOD },
  exits: ['everything that is open is listed', 'some refunds cannot be read, and are named', COULD_NOT],
  run: async (given, world) => {
    const target = targetOf(given, world);
    const { ledger } = await (world.openTables ?? openTables)(target);
    const looking = { impUid: given.text('imp-uid'), tell: world.progress };
    const open = await openOnes(ledger, looking).finally(() => world.progress(''));
    const seen = { nowMs: world.nowMs(), quietPeriodMs: await quietPeriodOf(given, target, world) };
    if (given.flag('json')) world.json(openJson(open, seen));
    else for (const line of openLines(open, seen)) world.out(line);
    return open.unreadable.length === 0 ? 0 : 1;
  },
};

interface Seen {
  readonly nowMs: number;
  readonly quietPeriodMs: number | undefined;
}

function openLines({ inDoubt, unreadable }: Open, seen: Seen): readonly string[] {
  const broken = unreadable.length === 0 ? '' : `, and ${unreadable.length} that cannot be read`;
  return [
    ...inDoubt.flatMap((each) => linesOf(each, seen)),
    ...unreadable.flatMap(({ merchantUid, impUid, refundId, why }) => [
      `CANNOT BE READ  ${refundId}`,
      `    order ${named(merchantUid)}, payment ${named(impUid)}`,
      `    ${why}`,
    ]),
    inDoubt.length === 0 && broken === '' ? 'Nothing is in doubt.' : `${inDoubt.length} in doubt${broken}.`,
  ];
}

function linesOf({ payment, refund }: InDoubt, { nowMs, quietPeriodMs }: Seen): readonly string[] {
  const { currency, amount, refundId, requestedAtMs, doubt } = refund;
  const isOld = quietPeriodMs !== undefined && isDrift(refund, nowMs, quietPeriodMs);
  const proposal = standingProposal(refund, nowMs);
  const said =
    proposal === undefined ? '' : `; ${proposal.said.verdict} proposed by ${named(proposal.by.person)}`;
  return [
    `${age(nowMs - requestedAtMs)}  ${money(amount, currency)}  ${isOld ? 'DRIFT' : 'in doubt'}  ${refundId}`,
    `    order ${named(payment.merchantUid)}, payment ${named(payment.impUid)}`,
    `    ${doubt?.why ?? 'nobody has looked yet'}; ${balancesWords(payment, doubt?.cancelAmount)}${said}`,
  ];
}

function openJson({ inDoubt, unreadable }: Open, seen: Seen): Json {
  const viewer = { actor: { kind: 'staff', sub: 'refunds' }, ...seen } as const;
  return {
    in_doubt: inDoubt.map(({ payment, refund }) => ({
      merchant_uid: payment.merchantUid,
      imp_uid: payment.impUid,
      pg_provider: payment.pgProvider ?? null,
      currency: payment.currency,
      age_seconds: Math.floor((seen.nowMs - refund.requestedAtMs) / 1000),
      cancelled: {
        here: toDecimal(payment.cancelAmount, payment.currency),
        iamport:
          refund.doubt?.cancelAmount === undefined
            ? null
            : toDecimal(refund.doubt.cancelAmount, payment.currency),
      },
      refund: refundJson(refund, payment, viewer),
    })),
    unreadable: unreadable.map(({ merchantUid, impUid, refundId, why }) => ({
      merchant_uid: merchantUid,
      imp_uid: impUid,
      refund_id: refundId,
      why,
    })),
  };
}

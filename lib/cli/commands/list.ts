import { listCsv, listedJson, type ListedRefund } from '../../../functions/http/listed.ts';
import { refundJson, type Json } from '../../../functions/http/representation.ts';
import type { RefundEvent } from '../../../functions/protocol/events.ts';
import { listRefunds, type ListRequest } from '../../../functions/protocol/list.ts';
import type { OpenRefund } from '../../../functions/protocol/ports.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { isDrift, standingProposal } from '../../../functions/refund/closing.ts';
import { toDecimal } from '../../../functions/refund/money.ts';
import { omitMissing } from '../../../functions/refund/omit-missing.ts';
import type { Payment } from '../../../functions/refund/payment.ts';
import type { RefundKey, RequestedRefund } from '../../../functions/refund/refund.ts';
import { Totals } from '../../desk/period.ts';
import { COULD_NOT, IMP_UID, type Command, type Given, type Surroundings } from '../command.ts';
import { balancesWords } from '../history.ts';
import { CSV, PERIOD, periodIn } from '../period.ts';
import { openTables, type LedgerReads } from '../tables.ts';
import { quietPeriodOf, targetOf, WHERE } from '../where.ts';
import { age, clock, inMajor, money, named, quoted } from '../words.ts';

export const listCommand: Command = {
  name: 'list',
  takes: '',
  positionals: 0,
  summary: 'open refunds with the reason, or the refunds of a period with totals',
  about: [
    'Without a period it lists the refunds that are not final, the oldest first. A refund that cannot be read is shown ' +
      'with the error.',
    'With --from, --to or --status it lists a period (the last 30 days without --from), the newest first, with totals by ' +
      'status and currency. A refund is listed on the day on which i’mport cancelled it, else on the day on which it ended.',
    "It reads only the ledger: i'mport's balance is as of the last look.",
  ],
  options: { ...PERIOD, ...CSV, ...IMP_UID, ...WHERE },
  exits: ['everything is listed', 'some refunds cannot be read', COULD_NOT],
  run: async (given, world) => {
    const target = targetOf(given, world);
    const { wanted } = periodIn(given, world.nowMs());
    const { ledger } = await (world.openTables ?? openTables)(target);
    const seen = { nowMs: world.nowMs(), quietPeriodMs: await quietPeriodOf(target, world) };
    const impUid = given.text('imp-uid');
    const isOpen = ['from', 'to'].every((end) => !given.flag(end)) && (wanted.status ?? 'open') === 'open';
    if (!isOpen || given.flag('csv')) {
      const request = {
        ...wanted,
        ...(isOpen ? { status: 'open' as const } : {}),
        ...omitMissing({ impUid }),
      };
      return tellPeriod(request, { ledger, seen }, given, world);
    }
    const open = await openOnes(ledger, impUid);
    if (given.flag('json')) world.json(openJson(open, seen));
    else for (const line of openLines(open, seen)) world.out(line);
    return open.unreadable.length === 0 ? 0 : 1;
  },
};

interface Seen {
  readonly nowMs: number;
  readonly quietPeriodMs: number | undefined;
}

// --- The open refunds ---

interface InDoubt {
  readonly payment: Payment;
  readonly refund: RequestedRefund;
}

/** A refund that cannot be read, so the resolver cannot handle it. */
interface Unreadable extends RefundKey {
  readonly why: string;
}

interface Open {
  /** The oldest first. */
  readonly inDoubt: readonly InDoubt[];
  readonly unreadable: readonly Unreadable[];
}

/** Refunds that are read at the same time; thousands one after another would take minutes. */
const READS_AT_ONCE = 16;

/** Every refund that is not final. One that cannot be read is returned with the error, and the others are still read. */
async function openOnes(ledger: LedgerReads, impUid: string | undefined): Promise<Open> {
  const all = (await ledger.openRefunds()).filter((open) => impUid === undefined || open.impUid === impUid);
  const seen: (InDoubt | Unreadable | undefined)[] = [];
  for (let from = 0; from < all.length; from += READS_AT_ONCE) {
    const some = all.slice(from, from + READS_AT_ONCE).map(async (open) => readOne(open, ledger));
    seen.push(...(await Promise.all(some)));
  }
  const inDoubt = seen.filter((each) => each !== undefined && 'refund' in each);
  return {
    inDoubt: inDoubt.toSorted((a, b) => a.refund.requestedAtMs - b.refund.requestedAtMs),
    unreadable: seen.filter((each) => each !== undefined && 'why' in each),
  };
}

/** Undefined: the refund has become final meanwhile. */
async function readOne(open: OpenRefund, ledger: LedgerReads): Promise<InDoubt | Unreadable | undefined> {
  try {
    const [payment, refund] = [await ledger.payment(open), await ledger.refund(open)];
    return payment !== undefined && refund?.status === 'requested' ? { payment, refund } : undefined;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    return { ...open, why: error instanceof Error ? error.message : String(error) };
  }
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
    `    ${doubt?.why ?? 'not looked at yet'}; ${balancesWords(payment, doubt?.cancelAmount)}${said}`,
  ];
}

function openJson({ inDoubt, unreadable }: Open, seen: Seen): Json {
  const viewer = { actor: { kind: 'staff', sub: 'refunds' }, ...seen } as const;
  return {
    in_doubt: inDoubt.map(({ payment, refund }) => {
      const theirs = refund.doubt?.cancelAmount;
      return {
        merchant_uid: payment.merchantUid,
        imp_uid: payment.impUid,
        pg_provider: payment.pgProvider ?? null,
        currency: payment.currency,
        age_seconds: Math.floor((seen.nowMs - refund.requestedAtMs) / 1000),
        cancelled: {
          here: toDecimal(payment.cancelAmount, payment.currency),
          iamport: theirs === undefined ? null : toDecimal(theirs, payment.currency),
        },
        refund: refundJson(refund, payment, viewer),
      };
    }),
    unreadable: unreadable.map(({ merchantUid, impUid, refundId, why }) => ({
      merchant_uid: merchantUid,
      imp_uid: impUid,
      refund_id: refundId,
      why,
    })),
  };
}

// --- The refunds of a period ---

interface Listing {
  readonly ledger: LedgerReads;
  readonly seen: Seen;
}

/** Prints page by page, so that a large month is not held in memory, except with `--json`. */
async function tellPeriod(
  wanted: ListRequest,
  { ledger, seen }: Listing,
  given: Given,
  world: Surroundings,
): Promise<number> {
  const unreadable = new Set<string>();
  // No order is asked for, so the orders table is not read.
  const reads = {
    ledger,
    orders: { order: async () => Promise.resolve(undefined) },
    report: ({ event, refundId = '' }: RefundEvent) => {
      if (event === 'failed') unreadable.add(refundId);
    },
    now: world.nowMs,
  };
  const totals = new Totals();
  const all: ListedRefund[] = [];
  for (let request: ListRequest | undefined = wanted; request !== undefined;) {
    const { items, next } = await listRefunds(request, reads);
    const rows = items.map((item) => listedJson(item, seen));
    totals.add(rows);
    if (given.flag('csv')) world.csv(listCsv(rows, request.cursor === undefined));
    else if (given.flag('json')) all.push(...rows);
    else for (const line of rows.flatMap(rowLines)) world.out(line);
    request = next && { ...wanted, cursor: next };
  }
  if (given.flag('json')) world.json({ refunds: all, totals: totals.all(), unreadable: [...unreadable] });
  else if (!given.flag('csv')) {
    for (const refundId of unreadable) world.out(`CANNOT BE READ  ${refundId}`);
    for (const line of totalsLines(totals)) world.out(line);
  }
  return unreadable.size === 0 ? 0 : 1;
}

function rowLines(row: ListedRefund): readonly string[] {
  const { refund_id: refundId, merchant_uid: order, imp_uid: impUid, reference } = row;
  const when = clock(row.listed_at * 1000);
  const words = reference === null ? '' : `, reference ${quoted(reference)}`;
  return [
    `${when}  ${inMajor(row.amount, row.currency)}  ${stateOf(row)}  ${refundId}`,
    `    order ${named(order)}, payment ${named(impUid)}${words}`,
  ];
}

function stateOf(row: ListedRefund): string {
  const { status, made_by: madeBy, executed_amount: executed, currency, drift, corrected, undone } = row;
  return [
    drift === true ? 'DRIFT' : status === 'unknown' ? 'in doubt' : status.replace('_', ' '),
    ...(madeBy === undefined ? [] : ['elsewhere']),
    ...(executed === undefined ? [] : [`as ${inMajor(executed, currency)}`]),
    ...(corrected === true ? ['(corrected)'] : []),
    ...(undone === true ? ['(undone at the PG)'] : []),
  ].join(' ');
}

function totalsLines(totals: Totals): readonly string[] {
  const lines = totals
    .all()
    .map(
      ({ status, currency, count, amount }) =>
        `${status.replace('_', ' ')}: ${count} refund${count === 1 ? '' : 's'}, ${inMajor(amount, currency)}`,
    );
  return lines.length === 0 ? ['No refund is listed.'] : lines;
}

import { listRefunds, type ListCursor, type ListWish } from '../../../functions/protocol/list.ts';
import { isDrift, standingProposal } from '../../../functions/refund/closing.ts';
import { listCsv, listedJson, type ListedRefund } from '../../../functions/http/listed.ts';
import type { RefundEvent } from '../../../functions/protocol/events.ts';
import { refundJson, type Json } from '../../../functions/http/representation.ts';
import { fromDecimal, isMinor, plus, toDecimal, ZERO, type Minor } from '../../../functions/refund/money.ts';
import {
  COULD_NOT,
  flag,
  IMP_UID,
  UsageError,
  type Command,
  type Given,
  type Surroundings,
} from '../command.ts';
import { openOnes, type InDoubt, type Open } from '../open-refunds.ts';
import { PERIOD, periodIn, refuseTwoForms } from '../period.ts';
import { balancesWords } from '../history.ts';
import type { HttpAnswer } from '../local-run.ts';
import { everyPage, serviceFor, tellAnswer, TOKEN_OPTIONS } from '../service.ts';
import { openTables, type LedgerReads } from '../tables.ts';
import { QUIET_PERIOD, quietPeriodOf, targetOf, WHERE } from '../where.ts';
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
    "It reads only the ledger: i'mport's balance is as of the last look. With --api it asks the service instead, as the " +
      'signed-in person; open refunds are then listed without the reasons.',
  ],
  options: {
    ...PERIOD,
    csv: flag('as CSV for a spreadsheet'),
    ...IMP_UID,
    ...WHERE,
    ...QUIET_PERIOD,
    ...TOKEN_OPTIONS,
  },
  exits: ['everything is listed', 'some refunds cannot be read, or the service has refused', COULD_NOT],
  run: async (given, world) => {
    if (given.text('api') !== undefined) return tellPeriod(given, await pagesOfService(given, world), world);
    if (given.text('token') !== undefined) throw new UsageError('--token belongs to --api.');
    const target = targetOf(given, world);
    const wanted = wantedIn(given, world.nowMs());
    const { ledger } = await (world.openTables ?? openTables)(target);
    const seen = { nowMs: world.nowMs(), quietPeriodMs: await quietPeriodOf(given, target, world) };
    if (wanted !== undefined) return tellPeriod(given, pagesOfLedger({ wanted, ledger, seen }, world), world);
    const looking = { impUid: given.text('imp-uid'), tell: world.progress };
    const open = await openOnes(ledger, looking).finally(() => world.progress(''));
    if (given.flag('json')) world.json(openJson(open, seen));
    else for (const line of openLines(open, seen)) world.out(line);
    return open.unreadable.length === 0 ? 0 : 1;
  },
};

/** Undefined: the open refunds with the reason. */
function wantedIn(given: Given, nowMs: number): ListWish | undefined {
  const { wanted } = periodIn(given, nowMs);
  const { fromMs, toMs, status } = wanted;
  refuseTwoForms(given);
  const isOpen = fromMs === undefined && toMs === undefined && (status ?? 'open') === 'open';
  if (isOpen && !given.flag('csv')) return undefined;
  const impUid = given.text('imp-uid');
  return { ...wanted, ...(isOpen ? { status: 'open' } : {}), ...(impUid === undefined ? {} : { impUid }) };
}

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
    `    ${doubt?.why ?? 'not looked at yet'}; ${balancesWords(payment, doubt?.cancelAmount)}${said}`,
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

// --- The refunds of a period ---

/** Passes every page to `write`. Resolves to the ids that could not be read, or to the service's refusal. */
type Pages = (
  write: (rows: readonly ListedRefund[], isFirst: boolean) => void,
) => Promise<{ readonly unreadable: readonly string[]; readonly refused?: HttpAnswer }>;

async function pagesOfService(given: Given, world: Surroundings): Promise<Pages> {
  const other = ['table', 'region', 'quiet-period'].find((option) => given.text(option) !== undefined);
  if (other !== undefined) throw new UsageError(`--${other} belongs to a table: --api asks the service.`);
  refuseTwoForms(given);
  const { query } = periodIn(given, world.nowMs());
  const impUid = given.text('imp-uid');
  const isOpen = ['from', 'to', 'status'].every((option) => given.text(option) === undefined);
  const asked = {
    ...query,
    ...(isOpen ? { status: 'open' } : {}),
    ...(impUid === undefined ? {} : { imp_uid: impUid }),
  };
  const service = await serviceFor('list', given, world);
  return async (write) => {
    const refused = await everyPage(service, { query: asked, write }, world);
    return { unreadable: [], ...(refused === undefined ? {} : { refused }) };
  };
}

interface Listing {
  readonly wanted: ListWish;
  readonly ledger: LedgerReads;
  readonly seen: Seen;
}

function pagesOfLedger({ wanted, ledger, seen }: Listing, world: Surroundings): Pages {
  return async (write) => {
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
    let count = 0;
    let cursor: ListCursor | undefined;
    do {
      const page = await listRefunds(cursor === undefined ? wanted : { ...wanted, cursor }, reads);
      world.progress('');
      write(
        page.items.map((item) => listedJson(item, seen)),
        cursor === undefined,
      );
      count += page.items.length;
      world.progress(`${count} listed`);
      cursor = page.next;
    } while (cursor !== undefined);
    return { unreadable: [...unreadable] };
  };
}

/** Prints page by page, so that a large month is not held in memory, except with `--json`. */
async function tellPeriod(given: Given, pages: Pages, world: Surroundings): Promise<number> {
  const totals = new Totals();
  const all: ListedRefund[] = [];
  const { unreadable, refused } = await pages((rows, isFirst) => {
    if (given.flag('csv')) world.csv(listCsv(rows, isFirst));
    else if (given.flag('json')) all.push(...rows);
    else for (const line of rows.flatMap(rowLines)) world.out(line);
    for (const row of rows) totals.add(row);
  }).finally(() => world.progress(''));
  if (refused !== undefined) return tellAnswer({ answer: refused }, given, world);
  if (given.flag('json')) world.json({ refunds: all, totals: totals.json(), unreadable });
  else if (!given.flag('csv')) {
    for (const refundId of unreadable) world.out(`CANNOT BE READ  ${refundId}`);
    for (const line of totals.lines()) world.out(line);
  }
  return unreadable.length === 0 ? 0 : 1;
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

function stateOf({
  status,
  made_by: madeBy,
  executed_amount: executed,
  currency,
  ...row
}: ListedRefund): string {
  const what = row.drift === true ? 'DRIFT' : status === 'unknown' ? 'in doubt' : status.replace('_', ' ');
  return [
    what,
    ...(madeBy === undefined ? [] : ['elsewhere']),
    ...(executed === undefined ? [] : [`as ${inMajor(executed, currency)}`]),
    ...(row.corrected === true ? ['(corrected)'] : []),
    ...(row.undone === true ? ['(undone at the PG)'] : []),
  ].join(' ');
}

/** Totals by status and currency. A cancel that the PG has undone counts as undone, not as cancelled. */
class Totals {
  readonly #sums = new Map<string, { count: number; amount: Minor }>();

  add(row: ListedRefund): void {
    const key = `${row.undone === true ? 'undone' : row.status} ${row.currency}`;
    const { count, amount } = this.#sums.get(key) ?? { count: 0, amount: ZERO };
    const own = fromDecimal(row.executed_amount ?? row.amount, row.currency);
    this.#sums.set(key, { count: count + 1, amount: isMinor(own) ? plus(amount, own) : amount });
  }

  #inOrder() {
    return [...this.#sums]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, sum]) => {
        const [status = '', currency = ''] = key.split(' ');
        return { status, currency, ...sum };
      });
  }

  json(): readonly Json[] {
    return this.#inOrder().map((sum) => ({ ...sum, amount: toDecimal(sum.amount, sum.currency) }));
  }

  lines(): readonly string[] {
    const lines = this.#inOrder().map(
      ({ status, currency, count, amount }) =>
        `${status.replace('_', ' ')}: ${count} refund${count === 1 ? '' : 's'}, ${money(amount, currency)}`,
    );
    return lines.length === 0 ? ['No refund is listed.'] : lines;
  }
}

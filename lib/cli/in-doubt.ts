import type { OpenRefund, PaymentsStore } from '../../functions/protocol/ports.ts';
import type { Payment, PendingRefund } from '../../functions/refund/payment.ts';
import { atOnce } from './at-once.ts';

export interface InDoubt {
  readonly payment: Payment;
  readonly pending: PendingRefund;
}

/** An item that cannot be read; `isInDoubt`: a refund in doubt stands in it, and nobody looks after it. */
export interface Unreadable {
  readonly isInDoubt: boolean;
  readonly merchantUid: string;
  readonly impUid: string;
  readonly why: string;
}

export interface Open {
  /** The oldest refund first. */
  readonly inDoubt: readonly InDoubt[];
  readonly unreadable: readonly Unreadable[];
}

const PAGE_SIZE = 500;

/** Orders that are read at the same time: thousands in a row would take minutes. */
const READS_AT_ONCE = 16;

interface Looking {
  /** Only this payment. */
  readonly impUid: string | undefined;
  /** How far it is. */
  readonly tell: (line: string) => void;
}

/** Every refund that is not final. One whose item cannot be read is named, and hides nobody else. */
export async function openOnes(store: PaymentsStore, { impUid, tell }: Looking): Promise<Open> {
  const inDoubt: InDoubt[] = [];
  const unreadable: Unreadable[] = [];
  const all = await listed(store, impUid);
  let read = 0;
  const seen = await atOnce(all, READS_AT_ONCE, async (open) => {
    const order = await store.order(open.merchantUid);
    read += 1;
    tell(`${read} of ${all.length} read`);
    return { open, order };
  });
  for (const { open, order } of seen) {
    const { payments, unreadable: broken } = order;
    const payment = payments.find((each) => each.impUid === open.impUid);
    const named = broken.find((each) => each.impUid === open.impUid);
    if (payment?.pending !== undefined) inDoubt.push({ payment, pending: payment.pending });
    else if (named !== undefined) {
      const { merchantUid } = open;
      unreadable.push({ merchantUid, impUid: open.impUid, why: named.why, isInDoubt: true });
    }
  }
  inDoubt.sort((a, b) => a.pending.requestedAtMs - b.pending.requestedAtMs);
  const others = await reportedUnreadable(store);
  const isNew = (item: Unreadable) => unreadable.every(({ impUid: known }) => known !== item.impUid);
  const wanted = (item: Unreadable) => impUid === undefined || item.impUid === impUid;
  return { inDoubt, unreadable: [...unreadable, ...others.filter((item) => isNew(item) && wanted(item))] };
}

/** Items that the last comparisons could not read, as far as that is still so: no index leads to them. */
async function reportedUnreadable(store: PaymentsStore): Promise<readonly Unreadable[]> {
  const reports = Object.values((await store.reconciliation())?.last ?? {});
  const cases = reports.flatMap(({ report }) => report.cases).filter(({ kind }) => kind === 'unreadable');
  const orders = new Set(cases.map(({ merchantUid }) => merchantUid).filter((number) => number !== ''));
  const found = await Promise.all([...orders].map(async (number) => store.order(number)));
  return found.flatMap(({ merchantUid, unreadable }) =>
    unreadable.map(({ impUid, why }) => ({ merchantUid, impUid, why, isInDoubt: false })),
  );
}

/** How many refunds are not final; reads the index alone. */
export async function countInDoubt(store: PaymentsStore, impUid?: string): Promise<number> {
  return (await listed(store, impUid)).length;
}

async function listed(store: PaymentsStore, impUid: string | undefined): Promise<readonly OpenRefund[]> {
  const shards = Array.from({ length: store.shards }, (_, shard) => openOfShard(store, shard));
  const all = (await Promise.all(shards)).flat();
  return impUid === undefined ? all : all.filter((open) => open.impUid === impUid);
}

async function openOfShard(store: PaymentsStore, shard: number): Promise<readonly OpenRefund[]> {
  const found: OpenRefund[] = [];
  let after: OpenRefund | undefined;
  do {
    const query = { shard, dueMs: Number.MAX_SAFE_INTEGER, limit: PAGE_SIZE };
    const page = await store.openRefunds(after === undefined ? query : { ...query, after });
    found.push(...page);
    after = page.length < PAGE_SIZE ? undefined : page.at(-1);
  } while (after !== undefined);
  return found;
}

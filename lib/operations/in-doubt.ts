import type { OpenRefund, PaymentsStore } from '../../functions/protocol/ports.ts';
import type { Payment, PendingRefund } from '../../functions/refund/payment.ts';

export interface InDoubt {
  readonly payment: Payment;
  readonly pending: PendingRefund;
}

/** An item that a refund in doubt stands in, and that cannot be read. */
export interface Unreadable {
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

/** Every refund that is not final. One whose item cannot be read is named, and hides nobody else. */
export async function openOnes(store: PaymentsStore, impUid?: string): Promise<Open> {
  const inDoubt: InDoubt[] = [];
  const unreadable: Unreadable[] = [];
  for (const open of await listed(store, impUid)) {
    const { payments, unreadable: broken } = await store.order(open.merchantUid);
    const payment = payments.find((each) => each.impUid === open.impUid);
    const named = broken.find((each) => each.impUid === open.impUid);
    if (payment?.pending !== undefined) inDoubt.push({ payment, pending: payment.pending });
    else if (named !== undefined) unreadable.push({ merchantUid: open.merchantUid, ...named });
  }
  inDoubt.sort((a, b) => a.pending.requestedAtMs - b.pending.requestedAtMs);
  return { inDoubt, unreadable };
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

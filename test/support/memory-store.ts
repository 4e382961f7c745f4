import { besideAfter, planCopies } from '../../functions/payments-store/archive.ts';
import { orderFromItems } from '../../functions/payments-store/order-items.ts';
import type { Condition, Path } from '../../functions/payments-store/conditions.ts';
import { paymentFromItem } from '../../functions/payments-store/payment-item.ts';
import { planPostponement, planWrite } from '../../functions/payments-store/plan.ts';
import type { Plan } from '../../functions/payments-store/plan-parts.ts';
import { openShardOf, shardName } from '../../functions/payments-store/shard.ts';
import type { Order } from '../../functions/refund/order.ts';
import type { Payment, PaymentKey } from '../../functions/refund/payment.ts';
import type { OpenRefund, PaymentsStore } from '../../functions/protocol/ports.ts';
import type { ReconciliationNotes } from '../../functions/protocol/reconciliation-notes.ts';
import type { Write } from '../../functions/protocol/write.ts';

export type Item = Record<string, unknown>;

/** A guard as the mutation tests name it: which write, and its place in the list. */
export interface GuardName {
  readonly write: Write['kind'];
  readonly index: number;
}

/**
 * The payments table in memory: evaluates the very plans that the real store renders for DynamoDB, all or nothing. A
 * test of its own holds it against the real store on an emulated table.
 */
export class MemoryStore implements PaymentsStore {
  readonly shards: number;
  /** By `[merchant_uid, imp_uid]` as JSON. */
  readonly items = new Map<string, Item>();
  notes: ReconciliationNotes | undefined;
  /** The guard to leave out, for the mutation tests. */
  without: GuardName | undefined;
  /** Whether a write has ever lowered `cancel_amount`. */
  wentBack = false;

  constructor(shards = 2) {
    this.shards = shards;
  }

  put(item: Item): void {
    // What is undefined is not written.
    const there = Object.entries(item).filter(([, value]) => value !== undefined);
    this.items.set(nameOf(keyIn(item)), structuredClone(Object.fromEntries(there)));
  }

  item(merchantUid: string, impUid = `imp_${merchantUid}`): Item | undefined {
    return this.items.get(nameOf({ merchantUid, impUid }));
  }

  async order(merchantUid: string): Promise<Order> {
    const items = [...this.items.values()].filter((item) => item['merchant_uid'] === merchantUid);
    return orderFromItems(merchantUid, structuredClone(items));
  }

  async ordersOf(impUid: string): Promise<readonly string[]> {
    const items = [...this.items.values()].filter((item) => item['imp_uid'] === impUid);
    return items.map((item) => String(item['merchant_uid']));
  }

  async write(write: Write): Promise<Payment | 'condition_failed'> {
    const plan = planWrite(write, (merchantUid) => openShardOf(merchantUid, this.shards));
    const copies = write.kind === 'claim' ? planCopies(write.payment) : [];
    const areCopied = copies.map((copy) => this.#apply(copy) !== undefined).every((each) => each);
    const applied = this.#apply(this.#guards(write.kind, plan));
    if (applied === undefined) return 'condition_failed';
    return paymentFromItem(structuredClone(applied), besideAfter(write, areCopied));
  }

  async postpone(listed: OpenRefund, resolveAtMs: number): Promise<void> {
    this.#apply(planPostponement(listed, resolveAtMs));
  }

  async openRefunds({
    shard,
    dueMs,
    afterMs = -1,
    limit,
    after,
  }: Parameters<PaymentsStore['openRefunds']>[0]) {
    const open = [...this.items.values()]
      .filter((item) => item['refund_open_shard'] === shardName(shard))
      .map((item): OpenRefund => ({ ...keyIn(item), resolveAtMs: Number(item['refund_resolve_at']) }))
      .filter(({ resolveAtMs }) => resolveAtMs > afterMs && resolveAtMs <= dueMs)
      .toSorted(inIndexOrder);
    // As DynamoDB goes on: behind where that entry stood, wherever it is now.
    return open.filter((entry) => after === undefined || inIndexOrder(entry, after) > 0).slice(0, limit);
  }

  async reconciliation(): Promise<ReconciliationNotes | undefined> {
    return structuredClone(this.notes);
  }

  async saveReconciliation(notes: ReconciliationNotes): Promise<boolean> {
    if ((this.notes?.version ?? 0) !== notes.version - 1) return false;
    this.notes = structuredClone(notes);
    return true;
  }

  #apply(plan: Plan): Item | undefined {
    const name = nameOf(plan.key);
    const before = this.items.get(name);
    const applied = applyPlan(before, plan);
    if (applied === undefined) return undefined;
    if (Number(applied['cancel_amount'] ?? 0) < Number(before?.['cancel_amount'] ?? 0)) this.wentBack = true;
    this.items.set(name, applied);
    return applied;
  }

  #guards(kind: Write['kind'], plan: Plan): Plan {
    if (this.without?.write !== kind) return plan;
    return { ...plan, conditions: plan.conditions.filter((_guard, index) => index !== this.without?.index) };
  }
}

function keyIn(item: Item): PaymentKey {
  return { merchantUid: String(item['merchant_uid']), impUid: String(item['imp_uid']) };
}

function nameOf({ merchantUid, impUid }: PaymentKey): string {
  return JSON.stringify([merchantUid, impUid]);
}

function inIndexOrder(a: OpenRefund, b: OpenRefund): number {
  return a.resolveAtMs - b.resolveAtMs || nameOf(a).localeCompare(nameOf(b));
}

function at(item: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Item)[step] : undefined),
    item,
  );
}

function holds(item: Item | undefined, condition: Condition): boolean {
  if (condition.test === 'any') return condition.of.some((each) => holds(item, each));
  if (condition.test === 'all') return condition.of.every((each) => holds(item, each));
  const value = at(item, condition.path);
  if (!('value' in condition)) return (value === undefined) === (condition.test === 'absent');
  if (value === undefined) return condition.orAbsent === true;
  const isSame = JSON.stringify(value) === JSON.stringify(condition.value);
  if (condition.test === 'equals') return isSame;
  if (condition.test === 'differs') return !isSame;
  // As DynamoDB compares: values of two types are never in order.
  if (typeof value !== 'number' || typeof condition.value !== 'number') return false;
  return condition.test === 'below' ? value < condition.value : value <= condition.value;
}

/** The item after the plan; undefined when a condition does not hold. */
export function applyPlan(before: Item | undefined, plan: Plan): Item | undefined {
  refuseOverlaps(plan);
  if (!plan.conditions.every((condition) => holds(before, condition))) return undefined;
  const { merchantUid, impUid } = plan.key;
  const item: Item = structuredClone(before) ?? { merchant_uid: merchantUid, imp_uid: impUid };
  for (const [path, value] of plan.setIfAbsent) {
    if (at(item, path) === undefined) put(item, path, structuredClone(value));
  }
  for (const [path, value] of plan.set) put(item, path, structuredClone(value));
  for (const path of plan.remove) drop(item, path);
  return item;
}

/** DynamoDB refuses an update of which one path lies within another. */
function refuseOverlaps({ set, setIfAbsent, remove }: Plan): void {
  const paths = [...set, ...setIfAbsent].map(([path]) => path).concat(remove);
  const steps = paths.map((path) => path.join('\n')).toSorted();
  for (const [index, path] of steps.entries()) {
    const next = steps[index + 1];
    if (next === path || next?.startsWith(`${path}\n`) === true)
      throw new Error(`ValidationException: two paths overlap: ${path} and ${next}`);
  }
}

function parentOf(item: Item, path: Path): Item {
  const parent = at(item, path.slice(0, -1));
  // DynamoDB refuses the whole update when the map above is missing.
  if (typeof parent !== 'object' || parent === null)
    throw new Error(`ValidationException: no map at ${path.join('.')}`);
  return parent as Item;
}

function put(item: Item, path: Path, value: unknown): void {
  parentOf(item, path)[path.at(-1) ?? ''] = value;
}

function drop(item: Item, path: Path): void {
  delete parentOf(item, path)[path.at(-1) ?? ''];
}

/** A payment item as a shop's checkout writes it. */
export function shopItem(merchantUid: string, fields: Item = {}): Item {
  return {
    merchant_uid: merchantUid,
    imp_uid: `imp_${merchantUid}`,
    amount: 10_000,
    currency: 'KRW',
    status: 'paid',
    customer_id: 'customer',
    ...fields,
  };
}

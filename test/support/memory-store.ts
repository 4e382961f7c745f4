import { paymentFromItem } from '../../functions/payments-store/item.ts';
import { shardName } from '../../functions/payments-store/shard.ts';
import { planWrite, type Condition, type Path, type Plan } from '../../functions/payments-store/plan.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import type { OpenRefund, PaymentsStore } from '../../functions/protocol/ports.ts';
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
  readonly items = new Map<string, Item>();
  /** The guard to leave out, for the mutation tests. */
  without: GuardName | undefined;
  /** Whether a write has ever lowered `cancel_amount`. */
  wentBack = false;

  async read(merchantUid: string): Promise<Payment | undefined> {
    const item = this.items.get(merchantUid);
    return item === undefined ? undefined : paymentFromItem(structuredClone(item));
  }

  async merchantUidOf(impUid: string): Promise<string | undefined> {
    for (const [merchantUid, item] of this.items) if (item['imp_uid'] === impUid) return merchantUid;
    return undefined;
  }

  async write(write: Write): Promise<Payment | 'condition_failed'> {
    const plan = planWrite(write);
    const applied = applyPlan(this.items.get(plan.merchantUid), this.#guards(write.kind, plan));
    if (applied === undefined) return 'condition_failed';
    if (
      Number(applied['cancel_amount'] ?? 0) < Number(this.items.get(plan.merchantUid)?.['cancel_amount'] ?? 0)
    )
      this.wentBack = true;
    this.items.set(plan.merchantUid, applied);
    return paymentFromItem(structuredClone(applied));
  }

  async openRefunds({ shard, dueMs, limit, after }: Parameters<PaymentsStore['openRefunds']>[0]) {
    const open = [...this.items.values()]
      .filter((item) => item['open_shard'] === shardName(shard) && Number(item['resolve_at']) <= dueMs)
      .map((item) => ({ merchantUid: String(item['merchant_uid']), resolveAtMs: Number(item['resolve_at']) }))
      .toSorted(inIndexOrder);
    // As DynamoDB goes on: behind where that entry stood, wherever it is now.
    return open.filter((entry) => after === undefined || inIndexOrder(entry, after) > 0).slice(0, limit);
  }

  #guards(kind: Write['kind'], plan: Plan): Plan {
    if (this.without?.write !== kind) return plan;
    return { ...plan, conditions: plan.conditions.filter((_guard, index) => index !== this.without?.index) };
  }
}

function inIndexOrder(a: OpenRefund, b: OpenRefund): number {
  return a.resolveAtMs - b.resolveAtMs || a.merchantUid.localeCompare(b.merchantUid);
}

function at(item: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Item)[step] : undefined),
    item,
  );
}

function holds(item: Item | undefined, condition: Condition): boolean {
  const value = at(item, condition.path);
  if (!('value' in condition)) return (value === undefined) === (condition.test === 'absent');
  if (value === undefined) return condition.orAbsent === true;
  if (condition.test === 'equals') return value === condition.value;
  const [held, limit] = [Number(value), Number(condition.value)];
  return condition.test === 'below' ? held < limit : held <= limit;
}

/** The item after the plan; undefined when a condition does not hold. */
export function applyPlan(before: Item | undefined, plan: Plan): Item | undefined {
  if (!plan.conditions.every((condition) => holds(before, condition))) return undefined;
  const item: Item = structuredClone(before) ?? { merchant_uid: plan.merchantUid };
  for (const path of plan.ensure) if (at(item, path) === undefined) put(item, path, {});
  for (const [path, value] of plan.set) put(item, path, structuredClone(value));
  for (const path of plan.remove) drop(item, path);
  return item;
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

/** An order as a shop's checkout writes it. */
export function shopItem(merchantUid: string, fields: Item = {}): Item {
  return {
    merchant_uid: merchantUid,
    imp_uid: `imp_${merchantUid}`,
    amount: 10_000,
    status: 'paid',
    customer_id: 'customer',
    ...fields,
  };
}

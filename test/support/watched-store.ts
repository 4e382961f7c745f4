import assert from 'node:assert/strict';
import type { Write } from '../../functions/protocol/write.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import { MemoryStore } from './memory-store.ts';
import type { ModelProvider } from './model-provider.ts';

/** The table, watched at every write: whoever reads it at that moment is told the truth. */
export class WatchedStore extends MemoryStore {
  /** G was broken, or the shop has written over the item: then a record may have to be corrected. */
  readonly mayCorrect: boolean;
  /** What a watcher saw; kept because a write of nobody's (a late copy) has nobody to tell. */
  readonly lies: string[] = [];
  readonly #providers: ReadonlyMap<string, ModelProvider>;
  readonly #told = new Map<string, string>();

  constructor(providers: ReadonlyMap<string, ModelProvider>, mayCorrect: boolean) {
    super();
    this.#providers = providers;
    this.mayCorrect = mayCorrect;
  }

  override async write(write: Write): Promise<Payment | 'condition_failed'> {
    const after = await super.write(write);
    if (after !== 'condition_failed') this.#watch(after);
    return after;
  }

  /** L ≤ R at every moment, and what a read has told of a refund stays true. */
  #watch({ impUid, cancelAmount, refunds, pending }: Payment): void {
    const cancelled = this.#providers.get(impUid)?.cancelled() ?? 0;
    if (cancelAmount > cancelled)
      this.lies.push(`the table knows ${cancelAmount}, the provider ${cancelled}`);
    if (pending !== undefined) this.#told.delete(pending.refundId);
    for (const { refundId, status } of refunds.values()) {
      const before = this.#told.get(refundId);
      if (before !== undefined && before !== status && !this.mayCorrect)
        this.lies.push(`${refundId} was told as ${before}, and is ${status}`);
      this.#told.set(refundId, status);
    }
  }

  assertNoLies(): void {
    assert.deepEqual(this.lies, [], 'nobody who reads is told a lie');
  }
}

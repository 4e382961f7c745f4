/** Items that were asked for are in a transaction that has not ended. */
export class TransactionUnderWay extends Error {
  override readonly name = 'TransactionUnderWay';
  /** Which ones. */
  readonly keys: readonly string[];

  constructor(keys: readonly string[]) {
    super('Transaction is ongoing for the item');
    this.keys = keys;
  }
}

export interface ItemLocks {
  /**
   * Does the work while nobody else writes these items. Waits for single writes that came before.
   * @throws TransactionUnderWay at once where a transaction holds one of them or waits for it, as the real service does
   */
  readonly holding: <Result>(
    keys: readonly string[],
    by: 'single' | 'transaction',
    work: () => Promise<Result>,
  ) => Promise<Result>;
}

export function createItemLocks(): ItemLocks {
  /** The last one that has asked for an item. */
  const holders = new Map<string, { readonly by: string; readonly done: Promise<void> }>();
  return {
    // All keys are taken in one turn, so whoever waits waits only for those who asked before: no two for each other.
    holding: async (keys, by, work) => {
      const inTransaction = keys.filter((key) => holders.get(key)?.by === 'transaction');
      if (inTransaction.length > 0) throw new TransactionUnderWay(inTransaction);
      const before = keys.flatMap((key) => holders.get(key)?.done ?? []);
      const { promise: done, resolve } = Promise.withResolvers<void>();
      const holder = { by, done };
      for (const key of keys) holders.set(key, holder);
      try {
        await Promise.all(before);
        return await work();
      } finally {
        for (const key of keys) if (holders.get(key) === holder) holders.delete(key);
        resolve();
      }
    },
  };
}

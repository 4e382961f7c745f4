import { afterAll } from 'vitest';
import type { PaymentsStore } from '../../functions/protocol/ports.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import { emulatedTable, type EmulatedTable } from './emulated-table.ts';

/** The table of a file's tests, which ends with them: `const table = await tableForTests();` */
export async function tableForTests(): Promise<EmulatedTable> {
  const table = await emulatedTable();
  afterAll(async () => table.end());
  return table;
}

/** What the write has made of the payment. @throws when its condition did not hold */
export async function applied(
  store: Pick<PaymentsStore, 'write'>,
  ...asked: Parameters<PaymentsStore['write']>
): Promise<Payment> {
  const after = await store.write(...asked);
  if (after === 'condition_failed') throw new Error(`${asked[0].kind} was not applied`);
  return after;
}

import { startService, type Service } from '../support/service.ts';
import { bytesOf, countWriteUnits } from './write-units.ts';

export interface LongHistory {
  readonly refund: number;
  /** Bytes of the payment's item and of its refunds' together, as JSON: near what DynamoDB counts. */
  readonly bytes: number;
  readonly transactions: number;
  readonly writeUnits: number;
  readonly ms: number;
}

const REFUNDS = 100;
const TOLD = new Set([1, 2, 10, 20, 50, 75, 100]);
const ORDER = 'long-history';

/** A payment's hundredth refund against its first: what it writes, and how long it takes. */
export async function benchHistory(tell: (text: string) => void): Promise<readonly LongHistory[]> {
  const service = await startService();
  await service.order(ORDER);
  const units = countWriteUnits(service);
  const found: LongHistory[] = [];
  for (let refund = 1; refund <= REFUNDS; refund += 1) {
    tell(`refund ${refund} of one payment`);
    units.spent();
    service.actions.length = 0;
    const fromMs = performance.now();
    const { status } = await service.cancel(
      { merchant_uid: ORDER, cancel_request_amount: 100, reason: `부분 환불 ${refund}` },
      { sub: 'staff', groups: 'refund-staff', key: `k${refund}` },
    );
    const ms = performance.now() - fromMs;
    if (status !== 200) throw new Error(`refund ${refund} was answered by ${status}`);
    const transactions = service.actions.filter((action) => action === 'dynamodb:TransactWriteItems').length;
    const writeUnits = units.spent();
    if (TOLD.has(refund)) {
      found.push({ refund, bytes: await sizeOf(service), transactions, writeUnits, ms });
    }
  }
  await service.end();
  return found;
}

async function sizeOf(service: Service): Promise<number> {
  return bytesOf(await service.payment(ORDER)) + bytesOf(await service.refunds(ORDER));
}

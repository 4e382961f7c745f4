import { startService } from '../support/service.ts';
import { ourBundle } from './bundles.ts';
import { byLot, digits, pairOf, pairsFound, type Found, type Pair, type Tell } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import { warmSide } from './warm-side.ts';
import { bytesOf, countWriteUnits } from './write-units.ts';

const REFUNDS = 100;
const READ_UNIT_BYTES = 4096;
const TOLD = new Set([1, 2, 10, 20, 50, 75, 100]);
const ORDER = 'long-history';

/** Compares a payment's hundredth refund with its first: units and time, then processor time. */
export async function benchHistory(tell: Tell): Promise<Found> {
  const lines = await longHistory(tell);
  const { lines: processor, figures } = pairsFound(await hundredth(tell));
  return { lines: [...lines, ...processor], figures: { lines, figures } };
}

async function longHistory(tell: Tell): Promise<readonly string[]> {
  const service = await startService();
  await service.order(ORDER);
  const units = countWriteUnits(service);
  const lines: string[] = [];
  for (let refund = 1; refund <= REFUNDS; refund += 1) {
    tell(`refund ${refund} of one payment`);
    units.spent();
    const headBytes = bytesOf(await service.payment(ORDER));
    service.actions.length = 0;
    const fromMs = performance.now();
    const { status } = await service.cancel(
      { merchant_uid: ORDER, cancel_request_amount: 100, reason: `부분 환불 ${refund}` },
      { sub: 'staff', groups: 'refund-staff', key: `k${refund}` },
    );
    const ms = performance.now() - fromMs;
    if (status !== 200) throw new Error(`refund ${refund} was answered by ${status}`);
    const transactions = service.actions.filter((action) => action === 'dynamodb:TransactWriteItems').length;
    const ownReads = units.ownReads();
    const writeUnits = units.spent();
    if (!TOLD.has(refund)) continue;
    // Consistent reads: a unit for each started 4 KB. Only the query for the payments reads more with each refund.
    const heads = Math.max(1, Math.ceil(headBytes / READ_UNIT_BYTES));
    const readUnits = service.actions.reduce(
      (sum, action) => sum + (action === 'dynamodb:Query' ? heads : action === 'dynamodb:GetItem' ? 1 : 0),
      -ownReads,
    );
    const bytes = bytesOf(await service.payment(ORDER)) + bytesOf(await service.refunds(ORDER));
    lines.push(
      `refund ${refund} of one payment: ${transactions} transactions, ${writeUnits} write units, ${readUnits} read units, ${bytes} bytes in all, ${digits(ms)} ms`,
    );
  }
  await service.end();
  return lines;
}

const ROUNDS = 12;
const BLOCK = 20;
const WARM_UP = 400;

/** Processor time of a payment's hundredth refund and those after it, against that of first ones; table and provider are stubs. */
async function hundredth(tell: Tell): Promise<readonly Pair[]> {
  const stubs = await startStubs();
  const side = warmSide(await ourBundle('cancel-payment'), environmentFor(stubs.url));
  const cpu: Readonly<Record<'first' | 'hundredth', number[]>> = { first: [], hundredth: [] };
  await side.block({ count: WARM_UP });
  for (let round = 0; round < ROUNDS; round += 1) {
    tell(`the hundredth refund's processor time: ${round} of ${ROUNDS}`);
    for (const name of byLot(['first', 'hundredth'] as const)) {
      const { cpuMs } = await side.block({
        count: BLOCK,
        ...(name === 'first' ? {} : { after: REFUNDS - 1 }),
      });
      cpu[name].push(cpuMs);
    }
  }
  await side.end();
  stubs.end();
  const what = "A payment's hundredth refund, processor";
  return [pairOf({ what, unit: 'ms', name: 'its first' }, cpu.hundredth, cpu.first)];
}

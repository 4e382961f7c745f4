import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { startService, type Service } from '../support/service.ts';

export interface LongHistory {
  readonly refund: number;
  /** Bytes of the order's items together, as JSON of their plain values: near what DynamoDB counts. */
  readonly bytes: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly ms: number;
}

const REFUNDS = 100;
const TOLD = new Set([1, 2, 10, 20, 50, 75, 100]);
const ORDER = 'long-history';

/** A payment's hundredth refund against its first: what it writes, and how long it takes. */
export async function benchHistory(tell: (text: string) => void): Promise<readonly LongHistory[]> {
  const service = await startService();
  await service.order(ORDER);
  let units = 0;
  let texts = await itemsOf(service);
  const write = service.world.store.write.bind(service.world.store);
  service.world.store.write = async (asked) => {
    const after = await write(asked);
    const now = await itemsOf(service);
    units += unitsBetween(texts, now);
    texts = now;
    return after;
  };
  const found: LongHistory[] = [];
  for (let refund = 1; refund <= REFUNDS; refund += 1) {
    tell(`refund ${refund} of one payment`);
    const readUnits = Math.ceil(sizeOf(texts) / 4096);
    units = 0;
    const fromMs = performance.now();
    const { status } = await service.cancel(
      { merchant_uid: ORDER, cancel_request_amount: 100, reason: `부분 환불 ${refund}` },
      { sub: 'staff', groups: 'refund-staff', key: `k${refund}` },
    );
    const ms = performance.now() - fromMs;
    if (status !== 200) throw new Error(`refund ${refund} was answered by ${status}`);
    if (TOLD.has(refund)) found.push({ refund, bytes: sizeOf(texts), writeUnits: units, readUnits, ms });
  }
  await service.end();
  return found;
}

async function itemsOf({ table }: Service): Promise<ReadonlyMap<string, string>> {
  const { Items = [] } = await table.documents.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'merchant_uid = :m',
      ExpressionAttributeValues: { ':m': ORDER },
    }),
  );
  return new Map(Items.map((item) => [String(item['imp_uid']), JSON.stringify(item)]));
}

function bytesOf(text: string | undefined): number {
  return Buffer.byteLength(text ?? '');
}

function sizeOf(items: ReadonlyMap<string, string>): number {
  return [...items.values()].reduce((sum, text) => sum + bytesOf(text), 0);
}

/** A unit for each KB of the larger of before and after, for each item that has changed; and one for an index entry moved. */
function unitsBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  let units = 0;
  for (const [name, text] of after) {
    if (before.get(name) === text) continue;
    units += Math.ceil(Math.max(bytesOf(text), bytesOf(before.get(name))) / 1024);
    if (isOpen(text) !== isOpen(before.get(name))) units += 1;
  }
  return units;
}

function isOpen(text: string | undefined): boolean {
  return text?.includes('refund_open_shard') === true;
}

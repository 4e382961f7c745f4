import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { LEDGER_TABLE, type Key } from '../../functions/ledger/keys.ts';
import { planOf } from '../../functions/ledger/plans.ts';
import type { Item } from '../../functions/ledger/table.ts';
import { startService, type Service } from '../support/service.ts';

/** A write in a transaction costs twice as much; the entries of indexes follow it at the plain price. */
const IN_TRANSACTION = 2;
const INDEXES = [...LEDGER_TABLE.localIndexes, ...LEDGER_TABLE.globalIndexes];
const READ_UNIT_BYTES = 4_096;

export interface Units {
  readonly read: number;
  readonly written: number;
}

/** What the refund costs that `refund` makes on the order's payment. Writes are counted from the items before and after each. */
export async function unitsOfRefund(
  service: Service,
  order: string,
  refund: () => Promise<void>,
): Promise<Units> {
  const { ledger } = service.world;
  const { actions } = service;
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const TableName = process.env['LEDGER_TABLE_NAME'];
  /** The items, by reads that are not counted. */
  const itemsAt = async (keys: readonly Key[]): Promise<readonly (Item | undefined)[]> => {
    const { length } = actions;
    const items = await Promise.all(
      keys.map(async ({ pk, sk }) => {
        const command = new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true });
        return (await documents.send(command)).Item;
      }),
    );
    actions.length = length;
    return items;
  };
  // The query for the order's payments is the only read that grows with the refunds.
  const paymentBytes = bytesOf(await service.payment(order));
  let written = 0;
  const write = ledger.write.bind(ledger);
  ledger.write = async (asked, token) => {
    const keys = planOf(asked).map(({ key }) => key);
    const before = await itemsAt(keys);
    const result = await write(asked, token);
    const after = await itemsAt(keys);
    for (const index of keys.keys()) written += writeUnits(before[index], after[index]);
    return result;
  };
  actions.length = 0;
  await refund();
  ledger.write = write;
  const countOf = (name: string): number => actions.filter((action) => action === `dynamodb:${name}`).length;
  return {
    read: countOf('GetItem') + countOf('Query') * Math.max(1, Math.ceil(paymentBytes / READ_UNIT_BYTES)),
    written,
  };
}

function writeUnits(before: Item | undefined, after: Item | undefined): number {
  const entries = INDEXES.map((index) => entryUnits(entryOf(index, before), entryOf(index, after)));
  return IN_TRANSACTION * larger(before, after) + entries.reduce((sum, each) => sum + each, 0);
}

interface Entry {
  readonly place: string;
  readonly item: Item;
}

/** What the index holds of an item; `undefined` where the item lacks a key, because the indexes are sparse. */
function entryOf(
  { partitionKey, sortKey = 'sk', projection }: (typeof INDEXES)[number] & { readonly sortKey?: string },
  item: Item | undefined,
): Entry | undefined {
  if (item?.[partitionKey] === undefined || item[sortKey] === undefined) return undefined;
  const place = JSON.stringify([item[partitionKey], item[sortKey]]);
  if (projection === 'ALL') return { place, item };
  const named = new Set<string>(['pk', 'sk', partitionKey, sortKey]);
  if (typeof projection !== 'string') for (const attribute of projection) named.add(attribute);
  return { place, item: Object.fromEntries(Object.entries(item).filter(([name]) => named.has(name))) };
}

/** An entry that moves is removed and put again; one that stays the same costs nothing. */
function entryUnits(before: Entry | undefined, after: Entry | undefined): number {
  if (before !== undefined && after !== undefined && before.place !== after.place) {
    return unitsOf(before.item) + unitsOf(after.item);
  }
  const isSame = JSON.stringify(before?.item) === JSON.stringify(after?.item);
  return isSame ? 0 : larger(before?.item, after?.item);
}

function larger(before: Item | undefined, after: Item | undefined): number {
  return Math.max(unitsOf(before), unitsOf(after));
}

/** One for each KB that is begun. */
function unitsOf(item: Item | undefined): number {
  return item === undefined ? 0 : Math.ceil(bytesOf(item) / 1024);
}

/** As JSON of plain values, which is close to what DynamoDB counts. */
function bytesOf(item: unknown): number {
  return Buffer.byteLength(JSON.stringify(item));
}

const REFUNDS = 100;
const TOLD = [1, 2, 10, 20, 50, REFUNDS];
const ORDER = 'long-history';

/** The units of a payment's first refund and of later ones. */
export async function benchUnits(): Promise<readonly string[]> {
  const service = await startService();
  await service.order(ORDER);
  const lines: string[] = [];
  for (let nth = 1; nth <= REFUNDS; nth += 1) {
    const { read, written } = await unitsOfRefund(service, ORDER, async () => {
      const { status } = await service.cancel(
        { merchant_uid: ORDER, cancel_request_amount: 100, reason: `부분 환불 ${nth}` },
        { sub: 'staff', groups: 'refund-staff', key: `k${nth}` },
      );
      if (status !== 200) throw new Error(`refund ${nth} was answered by ${status}`);
    });
    if (TOLD.includes(nth))
      lines.push(`Refund ${nth} of one payment: ${written} write units, ${read} read units`);
  }
  await service.end();
  return lines;
}

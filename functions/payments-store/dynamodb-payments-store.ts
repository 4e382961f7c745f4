import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Payment } from '../refund/payment.ts';
import type { PaymentsStore } from '../protocol/ports.ts';
import { StoreError } from '../protocol/store-error.ts';
import type { Write } from '../protocol/write.ts';
import { besideAfter, planCopies } from './archive.ts';
import { PARTITION_KEY, RECONCILIATION_SORT_KEY, SERVICE_PARTITION, SORT_KEY } from './keys.ts';
import { paymentFromItem, type Item } from './payment-item.ts';
import { planPostponement, planWrite } from './plan.ts';
import type { Plan } from './plan-parts.ts';
import { openRefunds, orders, ordersOf } from './reads.ts';
import { notesFromItem, notesUpdate } from './reconciliation-item.ts';
import { openShardOf } from './shard.ts';
import { ItemError } from './stored-value.ts';
import { reaching, storeError, type Table } from './table.ts';
import { renderUpdate } from './update.ts';

export interface StoreOptions {
  readonly tableName: string;
  readonly shards: number;
}

/** The payments table. See `plan.ts` for what each write demands. */
export function dynamoDbPaymentsStore(
  client: DynamoDBDocumentClient,
  { tableName, shards }: StoreOptions,
): PaymentsStore {
  const table: Table = { client, name: tableName };
  return {
    shards,
    order: orders(table),
    ordersOf: ordersOf(table),
    openRefunds: openRefunds(table),
    async write(write) {
      const plan = planWrite(write, (merchantUid) => openShardOf(merchantUid, shards));
      // Beside the claim, so that nobody waits for them.
      const copies = write.kind === 'claim' ? planCopies(write.payment) : [];
      const [after, ...copied] = await Promise.all([
        update(table, write.kind, commandFor(table, plan)),
        ...copies.map(async (copy) => isWritten(table, copy)),
      ]);
      if (after === 'condition_failed') return after;
      return readable(table, write, { item: after, areCopied: copied.every((each) => each) });
    },
    async postpone(listed, resolveAtMs) {
      // Where the condition fails it is not open any more, or comes up at another time: nothing to postpone.
      await update(table, 'postpone', commandFor(table, planPostponement(listed, resolveAtMs)));
    },
    async reconciliation() {
      const get = new GetCommand({ TableName: tableName, Key: NOTES_KEY, ConsistentRead: true });
      const { Item: item } = await reaching(table, 'read the notes', async () => client.send(get));
      return item === undefined ? undefined : notesFromItem(item);
    },
    async saveReconciliation(notes) {
      const command = new UpdateCommand({ TableName: tableName, Key: NOTES_KEY, ...notesUpdate(notes) });
      return (await update(table, 'save the notes', command)) !== 'condition_failed';
    },
  };
}

const NOTES_KEY = { [PARTITION_KEY]: SERVICE_PARTITION, [SORT_KEY]: RECONCILIATION_SORT_KEY };

function commandFor(table: Table, plan: Plan): UpdateCommand {
  return new UpdateCommand({
    TableName: table.name,
    Key: { [PARTITION_KEY]: plan.key.merchantUid, [SORT_KEY]: plan.key.impUid },
    ...renderUpdate(plan),
    ReturnValues: 'ALL_NEW',
  });
}

async function update(table: Table, what: string, command: UpdateCommand) {
  try {
    const { Attributes } = await table.client.send(command);
    return Attributes ?? {};
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'condition_failed';
    throw storeError(table, what, error);
  }
}

/** A copy that could not be made sure of is only a copy less: what it holds stays in the payment's item. */
async function isWritten(table: Table, copy: Plan): Promise<boolean> {
  try {
    return (await update(table, 'copy', commandFor(table, copy))) !== 'condition_failed';
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

/** Applied, so what stands there now can be told only when it can be read. */
function readable(
  table: Table,
  write: Write,
  { item, areCopied }: { readonly item: Item; readonly areCopied: boolean },
): Payment {
  try {
    return paymentFromItem(item, besideAfter(write, areCopied));
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    const message = `${write.kind} in table ${table.name}: ${error.message}`;
    throw new StoreError(message, { mayHaveBeenApplied: true, cause: error });
  }
}

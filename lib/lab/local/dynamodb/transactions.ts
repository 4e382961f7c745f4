import { isObject, type JsonObject } from '../json.ts';
import {
  type BatchOperation,
  DynamoDbError,
  type Item,
  keyOf,
  parsed,
  type Store,
  tableOf,
  type Types,
  typesOf,
  validationError,
} from './dynalite.ts';
import type { FrontOperation } from './dynamodb.ts';
import { TransactionUnderWay } from './item-locks.ts';
import { itemSize } from './item-size.ts';
import { itemKey, type PlannedWrite, planWrite } from './planned-write.ts';
import type { TransactionTokens } from './transaction-tokens.ts';
import { type ItemWrite, parsedWrite, RETURN_VALUES_ON_FAILURE, type Target, type Writes } from './writes.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const MOST_ITEMS = 100;
const MOST_BYTES = 4 * 1024 * 1024;

/** What an action of a transaction is as a request of its own. A check is a deletion that is not carried out. */
const ACTIONS = {
  Put: { operation: 'PutItem', needs: 'Item' },
  Update: { operation: 'UpdateItem', needs: 'UpdateExpression' },
  Delete: { operation: 'DeleteItem', needs: 'Key' },
  ConditionCheck: { operation: 'DeleteItem', needs: 'ConditionExpression' },
} as const;
type ActionName = keyof typeof ACTIONS;
const NAMES: readonly ActionName[] = ['Put', 'Update', 'Delete', 'ConditionCheck'];
const EXPRESSIONS = ['ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'];

interface Action {
  readonly isCheck: boolean;
  readonly write: ItemWrite;
}

export interface TransactionsWorld {
  readonly store: Store;
  readonly writes: Writes;
  readonly tokens: TransactionTokens;
}

export function transactionOperations(world: TransactionsWorld): Readonly<Record<string, FrontOperation>> {
  const { ReturnConsumedCapacity } = typesOf('PutItem');
  return {
    TransactWriteItems: {
      types: {
        TransactItems: transactItems(Object.fromEntries(NAMES.map((name) => [name, actionTypes(name)]))),
        ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
        ReturnConsumedCapacity,
      },
      run: async (data) => {
        const { ClientRequestToken: token, TransactItems: request } = data;
        if (typeof token !== 'string') return write(world, data, () => []);
        return world.tokens.once(token, request, (alongside) => write(world, data, alongside));
      },
    },
    TransactGetItems: {
      types: {
        TransactItems: transactItems({
          Get: picked(
            'GetItem',
            ['TableName', 'Key', 'ProjectionExpression', 'ExpressionAttributeNames'],
            'Key',
          ),
        }),
        ReturnConsumedCapacity,
      },
      run: (data) => getItems(world.store, data),
    },
  };
}

function transactItems(children: Types): Types {
  return {
    type: 'List',
    notNull: true,
    lengthGreaterThanOrEqual: 1,
    lengthLessThanOrEqual: MOST_ITEMS,
    children: { type: 'ValueStruct<TransactItem>', children },
  };
}

function actionTypes(name: ActionName): Types {
  const { operation, needs } = ACTIONS[name];
  const subject = operation === 'PutItem' ? ['Item'] : ['Key'];
  const update = operation === 'UpdateItem' ? ['UpdateExpression'] : [];
  return picked(operation, ['TableName', ...subject, ...update, ...EXPRESSIONS], needs);
}

function picked(
  operation: ItemWrite['operation'] | 'GetItem',
  members: readonly string[],
  needs: string,
): Types {
  const types = typesOf(operation);
  const needed = { ...(types[needs] as Types), notNull: true };
  const children = Object.fromEntries(members.map((member) => [member, types[member]]));
  const ReturnValuesOnConditionCheckFailure = RETURN_VALUES_ON_FAILURE;
  return {
    type: `FieldStruct<${operation}>`,
    children: {
      ...children,
      [needs]: needed,
      ...(operation !== 'GetItem' && { ReturnValuesOnConditionCheckFailure }),
    },
  };
}

async function write(
  { store, writes }: TransactionsWorld,
  data: JsonObject,
  alongside: () => readonly BatchOperation[],
): Promise<JsonObject> {
  const { ReturnConsumedCapacity } = data;
  const actions = (data['TransactItems'] as readonly JsonObject[])
    .map(onlyAction)
    .map(([name, action]) => parsedAction(store, name, { ...action, ReturnConsumedCapacity }));
  const targets = await Promise.all(actions.map((action) => reasonOr(() => writes.aim(action.write))));
  const known = targets.flatMap((target) => (target instanceof DynamoDbError ? [] : [target]));
  if (new Set(known.map(({ key }) => key)).size < known.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
  refuseTooLarge(actions);
  return held(writes, targets, async () => {
    const outcomes = await Promise.all(
      targets.map(async (target) =>
        target instanceof DynamoDbError ? target : reasonOr(() => writes.plan(target)),
      ),
    );
    const plans = planned(outcomes);
    const applied = plans.filter((_plan, index) => actions[index]?.isCheck === false);
    const tables = known.map(({ table }) => table);
    await writes.commit({ plans: applied, tables, alongside: alongside() });
    return consumed(plans);
  });
}

function onlyAction(item: JsonObject): readonly [ActionName, JsonObject] {
  const [name, ...others] = NAMES.filter((each) => item[each] !== undefined);
  if (name === undefined) {
    throw validationError(
      'Invalid Request: TransactWriteRequest should contain Delete or Put or Update request',
    );
  }
  if (others.length > 0) {
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  return [name, item[name] as JsonObject];
}

function parsedAction(store: Store, name: ActionName, data: JsonObject): Action {
  const { operation } = ACTIONS[name];
  return { isCheck: name === 'ConditionCheck', write: parsedWrite(store, { operation, data }) };
}

/** What is wrong with one item cancels the transaction; an empty key, of an index too, and a missing table are said at once. */
async function reasonOr<Result>(work: () => Promise<Result>): Promise<Result | DynamoDbError> {
  try {
    return await work();
  } catch (error) {
    const isReason =
      error instanceof DynamoDbError && /^(Validation|ConditionalCheckFailed)/.test(error.code);
    if (!isReason || /cannot contain an empty \w+ value/.test(error.message)) throw error;
    return error;
  }
}

function refuseTooLarge(actions: readonly Action[]): void {
  const bytes = actions.reduce((total, { write: { data } }) => {
    const parts = [data['Item'], data['Key'], data['ExpressionAttributeValues']].filter(isObject) as Item[];
    return total + parts.reduce((sum, part) => sum + itemSize(part), 0);
  }, 0);
  if (bytes > MOST_BYTES) {
    throw validationError(
      'Collection size of items exceeded, which can also be caused by the aggregate size of the items in the transaction exceeding the 4MB limit',
    );
  }
}

async function held<Result>(
  writes: Writes,
  targets: readonly (Target | DynamoDbError)[],
  work: () => Promise<Result>,
): Promise<Result> {
  const keys = targets.map((target) => (target instanceof DynamoDbError ? undefined : target.key));
  try {
    return await writes.locks.holding(
      keys.filter((key) => key !== undefined),
      'transaction',
      work,
    );
  } catch (error) {
    if (!(error instanceof TransactionUnderWay)) throw error;
    const conflict = { Code: 'TransactionConflict', Message: error.message };
    throw cancelled(keys.map((key) => (error.keys.some((each) => each === key) ? conflict : NO_REASON)));
  }
}

type Outcome = PlannedWrite | DynamoDbError;

/** @throws DynamoDbError with the reasons of all when one was refused */
function planned(outcomes: readonly Outcome[]): readonly PlannedWrite[] {
  const plans = outcomes.flatMap((outcome) => (outcome instanceof DynamoDbError ? [] : [outcome]));
  if (plans.length < outcomes.length) throw cancelled(outcomes.map(reasonOf));
  return plans;
}

const NO_REASON = { Code: 'None' };

function reasonOf(outcome: Outcome): JsonObject {
  if (!(outcome instanceof DynamoDbError)) return NO_REASON;
  const { code, body, message: Message } = outcome;
  if (code !== 'ConditionalCheckFailedException') return { Code: 'ValidationError', Message };
  return { Code: 'ConditionalCheckFailed', Message, ...('Item' in body && { Item: body['Item'] }) };
}

function cancelled(reasons: readonly JsonObject[]): DynamoDbError {
  const codes = reasons.map(({ Code }) => String(Code)).join(', ');
  return new DynamoDbError({
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
}

/** A transaction costs twice the units: it reads or writes every item once to prepare and once to commit. */
function consumed(plans: readonly PlannedWrite[]): JsonObject {
  const units = new Map<string, number>();
  for (const { ConsumedCapacity: each } of plans.map(({ answer }) => answer)) {
    if (!isObject(each)) continue;
    const table = String(each['TableName']);
    units.set(table, (units.get(table) ?? 0) + 2 * Number(each['CapacityUnits']));
  }
  if (units.size === 0) return {};
  return { ConsumedCapacity: [...units].map(([TableName, CapacityUnits]) => ({ TableName, CapacityUnits })) };
}

/** All items as they are at one moment. */
async function getItems(store: Store, data: JsonObject): Promise<JsonObject> {
  const { ReturnConsumedCapacity } = data;
  const gets = (data['TransactItems'] as readonly JsonObject[]).map(({ Get }) => {
    if (!isObject(Get))
      throw validationError('Invalid Request: TransactGetRequest should contain a Get request');
    return parsed('GetItem', { ...Get, ConsistentRead: true, ReturnConsumedCapacity }, store);
  });
  const keys = await Promise.all(
    gets.map(async ({ TableName, Key }) => {
      const table = await tableOf(store, TableName);
      return itemKey(table.TableName, keyOf(table, { Key: Key as Item }));
    }),
  );
  const found = new Map(
    (await store.db.getMany(keys)).map((item, index) => [keys[index], item as Item | undefined]),
  );
  const read = async (key: string): Promise<Item | undefined> => found.get(key);
  const plans = await Promise.all(
    gets.map((get) => planWrite(store, { operation: 'GetItem', data: get, read })),
  );
  const Responses = plans.map(({ answer: { Item: item } }) => (item === undefined ? {} : { Item: item }));
  return { Responses, ...consumed(plans) };
}

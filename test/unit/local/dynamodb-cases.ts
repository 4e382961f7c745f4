import {
  type Action,
  adding,
  type Ask,
  batch,
  cancelled,
  checking,
  DONE,
  FAILED,
  get,
  getOrder,
  INVALID,
  put,
  putting,
  query,
  remove,
  type Told,
  transact,
  update,
} from './dynamodb-asking.ts';
import { LEDGER, ORDERS } from './dynamodb-world.ts';

export interface Case {
  readonly rule: string;
  /** What another DynamoDB does instead: it is known to differ from the real service here, and must still differ. */
  readonly unlike?: Readonly<Partial<Record<'moto' | 'dynoxide', string>>>;
  /**
   * What is asked one after the other, each with what must be answered.
   * @param pk no other case has it
   */
  readonly steps: (pk: string) => readonly (readonly [Ask, Told])[];
}

const TableName = LEDGER.name;
const IS_NEW = 'attribute_not_exists(pk)';

const CONDITIONS: readonly Case[] = [
  {
    rule: 'a failed condition does not return the stored item unless it is asked for',
    steps: (pk) => [
      [put({ pk, sk: 'a', amount: 7 }), DONE],
      [put({ pk, sk: 'a' }, { ConditionExpression: IS_NEW }), FAILED],
    ],
  },
  {
    rule: 'a failed condition of a put, an update and a delete returns the stored item when it is asked for',
    steps: (pk) => {
      const asked = { ConditionExpression: IS_NEW, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
      const withItem = { ...FAILED, Item: { pk: { S: pk }, sk: { S: 'a' }, amount: { N: '7' } } };
      const Key = { pk, sk: 'a' };
      return [
        [put({ pk, sk: 'a', amount: 7 }), DONE],
        [put(Key, asked), withItem],
        [update({ ...asked, Key, UpdateExpression: 'REMOVE amount' }), withItem],
        [remove({ ...asked, Key }), withItem],
        [get(pk), { Item: { pk, sk: 'a', amount: 7 } }],
      ];
    },
  },
  {
    rule: 'a failed condition on a missing item returns no item',
    steps: (pk) => {
      const asked = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
      const ConditionExpression = 'attribute_exists(pk)';
      return [[remove({ ...asked, Key: { pk, sk: 'a' }, ConditionExpression }), FAILED]];
    },
  },
  {
    rule: 'an unknown value of ReturnValuesOnConditionCheckFailure is refused',
    unlike: { moto: 'takes any word' },
    steps: (pk) => {
      const ReturnValuesOnConditionCheckFailure = 'ALL_NEW' as 'ALL_OLD';
      return [[remove({ Key: { pk, sk: 'a' }, ReturnValuesOnConditionCheckFailure }), INVALID]];
    },
  },
];

const TRANSACTIONS: readonly Case[] = [
  {
    rule: 'a transaction applies a put, an update, a delete and a check in two tables together',
    steps: (pk) => {
      const order = { merchant_uid: pk, amount: 9 };
      const ExpressionAttributeValues = { ':nine': 9 };
      const Key = { merchant_uid: pk };
      const ConditionExpression = 'amount = :nine';
      const check = { TableName: ORDERS.name, Key, ConditionExpression, ExpressionAttributeValues };
      return [
        [put({ pk, sk: 'old' }), DONE],
        [put(order, { TableName: ORDERS.name }), DONE],
        [
          transact([
            putting({ pk, sk: 'new', amount: 1 }),
            adding(pk),
            { Delete: { TableName, Key: { pk, sk: 'old' } } },
            { ConditionCheck: check },
          ]),
          DONE,
        ],
        [get(pk, 'new'), { Item: { pk, sk: 'new', amount: 1 } }],
        [get(pk), { Item: { pk, sk: 'a', amount: 1 } }],
        [get(pk, 'old'), DONE],
        [getOrder(pk), { Item: order }],
      ];
    },
  },
  {
    rule: 'one failed condition cancels the transaction, and the reasons have the order of the items',
    steps: (pk) => {
      const asked = { ConditionExpression: IS_NEW, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
      const Item = { pk: { S: pk }, sk: { S: 'b' }, amount: { N: '7' } };
      return [
        [put({ pk, sk: 'b', amount: 7 }), DONE],
        [
          transact([
            adding(pk),
            { Put: { TableName, Item: { pk, sk: 'b' }, ...asked } },
            checking({ pk, sk: 'c' }, 'attribute_exists(pk)'),
            adding(pk, 'd'),
          ]),
          cancelled('None', { Code: 'ConditionalCheckFailed', Item }, 'ConditionalCheckFailed', 'None'),
        ],
        [get(pk), DONE],
        [get(pk, 'b'), { Item: { pk, sk: 'b', amount: 7 } }],
      ];
    },
  },
  {
    rule: 'an update that does not fit the stored item cancels the transaction',
    unlike: { moto: 'refuses the request' },
    steps: (pk) => [
      [put({ pk, sk: 'b', amount: 'seven' }), DONE],
      [transact([adding(pk), adding(pk, 'b')]), cancelled('None', 'ValidationError')],
      [get(pk), DONE],
    ],
  },
  {
    rule: "a key that is not the table's cancels everything",
    unlike: { moto: 'refuses the request' },
    steps: (pk) => {
      const wrong: Action = { Delete: { TableName: ORDERS.name, Key: { pk, sk: 'a' } } };
      return [
        [transact([adding(pk), wrong]), cancelled('None', 'ValidationError')],
        [get(pk), DONE],
      ];
    },
  },
  {
    rule: 'a transaction may contain each item only once',
    steps: (pk) => [[transact([adding(pk), checking({ pk, sk: 'a' }, IS_NEW)]), INVALID]],
  },
  {
    rule: 'a transaction takes 1 to 100 items',
    unlike: { moto: 'takes an empty one' },
    steps: (pk) => {
      const items = Array.from({ length: 101 }, (_each, index) => adding(pk, String(index)));
      return [
        [transact([]), INVALID],
        [transact(items), INVALID],
        [get(pk, '0'), DONE],
        [transact(items.slice(1)), DONE],
        [get(pk, '100'), { Item: { pk, sk: '100', amount: 1 } }],
      ];
    },
  },
  {
    rule: 'each entry of a transaction has exactly one action',
    steps: (pk) => [[transact([{ ...adding(pk), ...putting({ pk, sk: 'b' }) }]), INVALID]],
  },
  {
    rule: 'an invalid expression or an unused value is refused before any item is read',
    unlike: { moto: 'answers with an error of Python' },
    steps: (pk) => {
      const Key = { pk, sk: 'a' };
      const ExpressionAttributeValues = { ':unused': 1 };
      const unused = { TableName, Key, UpdateExpression: 'REMOVE amount', ExpressionAttributeValues };
      return [
        [transact([checking(Key, 'amount === 1')]), INVALID],
        [transact([{ Update: unused }]), INVALID],
      ];
    },
  },
  {
    rule: 'a missing table is reported as ResourceNotFoundException',
    unlike: { moto: 'gives it as a reason' },
    steps: (pk) => {
      const nowhere: Action = { Delete: { TableName: 'No-Such-Table', Key: { pk } } };
      return [[transact([adding(pk), nowhere]), { error: 'ResourceNotFoundException' }]];
    },
  },
];

const TOKENS: readonly Case[] = [
  {
    rule: 'a transaction repeated with the same token succeeds and is not applied again',
    unlike: { moto: 'knows no tokens' },
    steps: (pk) => [
      [transact([adding(pk)], `${pk}-token`), DONE],
      [transact([adding(pk)], `${pk}-token`), DONE],
      [get(pk), { Item: { pk, sk: 'a', amount: 1 } }],
    ],
  },
  {
    rule: 'a token used for another transaction is refused',
    unlike: { moto: 'knows no tokens' },
    steps: (pk) => [
      [transact([adding(pk)], `${pk}-token`), DONE],
      [transact([adding(pk, 'b')], `${pk}-token`), { error: 'IdempotentParameterMismatchException' }],
      [get(pk, 'b'), DONE],
    ],
  },
  {
    rule: 'the token of a cancelled transaction can be used again',
    unlike: { moto: 'knows no tokens' },
    steps: (pk) => {
      const wanted = transact([putting({ pk, sk: 'a' }, IS_NEW)], `${pk}-token`);
      return [
        [put({ pk, sk: 'a' }), DONE],
        [wanted, cancelled('ConditionalCheckFailed')],
        [remove({ Key: { pk, sk: 'a' } }), DONE],
        [wanted, DONE],
        [wanted, DONE],
      ];
    },
  },
  {
    rule: 'a token of more than 36 characters is refused',
    unlike: { moto: 'knows no tokens' },
    steps: (pk) => [[transact([adding(pk)], pk.padEnd(37, '-')), INVALID]],
  },
];

function open(shard: string, first = 0): Ask {
  return query({
    IndexName: 'open_refunds',
    KeyConditionExpression: 'open_shard = :shard AND due_ms BETWEEN :first AND :last',
    ExpressionAttributeValues: { ':shard': shard, ':first': first, ':last': 30 },
  });
}

const INDEXES: readonly Case[] = [
  {
    rule: 'a local index allows consistent reads, has its own order, and contains only items with its key',
    steps: (pk) => {
      const [second, first] = [
        { pk, sk: 'a', place: '2' },
        { pk, sk: 'b', place: '1' },
      ];
      const inOrder = query({
        IndexName: 'by_place',
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
      });
      return [
        [transact([second, first, { pk, sk: 'c' }].map((item) => putting({ ...item }))), DONE],
        [inOrder, { Items: [first, second] }],
      ];
    },
  },
  {
    rule: 'a global index drops an item without its key, and moves an item with a changed key',
    steps: (pk) => {
      const entry = (sk: string, due_ms: number) => ({ pk, sk, open_shard: pk, due_ms });
      const items = [entry('a', 10), entry('b', 9), entry('c', 20)];
      const ExpressionAttributeValues = { ':due': 25 };
      const later = { UpdateExpression: 'SET due_ms = :due', ExpressionAttributeValues };
      return [
        [transact(items.map((item) => putting(item))), DONE],
        [open(pk), { Items: [entry('b', 9), entry('a', 10), entry('c', 20)] }],
        [update({ Key: { pk, sk: 'a' }, UpdateExpression: 'REMOVE open_shard' }), DONE],
        [update({ Key: { pk, sk: 'b' }, ...later }), DONE],
        [open(pk), { Items: [entry('c', 20), entry('b', 25)] }],
        [open(pk, 21), { Items: [entry('b', 25)] }],
      ];
    },
  },
  {
    rule: 'a consistent read of a global index is refused',
    steps: (pk) => {
      const KeyConditionExpression = 'refund_id = :id';
      const ExpressionAttributeValues = { ':id': pk };
      const wanted = { IndexName: 'by_refund_id', KeyConditionExpression, ExpressionAttributeValues };
      return [[query({ ...wanted, ConsistentRead: true }), INVALID]];
    },
  },
];

const REFUSALS: readonly Case[] = [
  {
    rule: 'an empty string as an index key is refused in every kind of write',
    unlike: { moto: 'takes one from an update' },
    steps: (pk) => {
      const Item = { pk, sk: 'a', refund_id: '' };
      const change = {
        Key: { pk, sk: 'a' },
        UpdateExpression: 'SET #id = :none',
        ExpressionAttributeNames: { '#id': 'refund_id' },
        ExpressionAttributeValues: { ':none': '' },
      };
      return [
        [put(Item), INVALID],
        [update(change), INVALID],
        [batch([{ PutRequest: { Item } }]), INVALID],
        [transact([putting(Item)]), INVALID],
        [transact([{ Update: { TableName, ...change } }]), INVALID],
        [get(pk), DONE],
      ];
    },
  },
  {
    rule: 'an empty string in another attribute is accepted',
    steps: (pk) => [
      [put({ pk, sk: 'a', name: '' }), DONE],
      [get(pk), { Item: { pk, sk: 'a', name: '' } }],
    ],
  },
  {
    rule: 'an empty key makes the whole transaction fail',
    steps: (pk) => [[transact([adding(pk), adding(pk, '')]), INVALID]],
  },
  {
    rule: 'half of a surrogate pair is refused as a string',
    unlike: { moto: 'fails at it' },
    steps: (pk) => [
      [put({ pk, sk: 'a', name: '\ud83d' }), { error: 'SerializationException' }],
      [put({ pk, sk: 'b', name: '\ud83d\ude00', path: '\\ud83d' }), DONE],
      [get(pk, 'b'), { Item: { pk, sk: 'b', name: '\ud83d\ude00', path: '\\ud83d' } }],
    ],
  },
  {
    rule: 'a batch may contain each item only once, and writes all its items',
    steps: (pk) => {
      const puts = (...keys: readonly string[]) => keys.map((sk) => ({ PutRequest: { Item: { pk, sk } } }));
      const all = query({ KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } });
      const [b, c] = [
        { pk, sk: 'b' },
        { pk, sk: 'c' },
      ];
      return [
        [batch(puts('a', 'a')), INVALID],
        [batch(puts('a', 'b')), DONE],
        [batch([{ DeleteRequest: { Key: { pk, sk: 'a' } } }, ...puts('c')]), DONE],
        [all, { Items: [b, c] }],
      ];
    },
  },
];

/** Rules for the embedded DynamoDB; test/real/store.real.ts checks other DynamoDBs by the same rules. */
export const CASES: readonly Case[] = [...CONDITIONS, ...TRANSACTIONS, ...TOKENS, ...INDEXES, ...REFUSALS];

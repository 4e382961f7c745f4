import {
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
  LEDGER,
  ORDERS,
  put,
  putting,
  query,
  remove,
  type Answer,
  transact,
  update,
} from './dynamodb-support.ts';

export interface Case {
  readonly rule: string;
  /** What another DynamoDB does instead: it is known to differ from the real service here, and must still differ. */
  readonly unlike?: Readonly<Partial<Record<'moto' | 'dynoxide', string>>>;
  /**
   * What is asked one after the other, each with what must be answered.
   * @param pk no other case has it
   */
  readonly steps: (pk: string) => readonly (readonly [Ask, Answer])[];
}

const TableName = LEDGER.TableName;
const NO_TOKENS = { moto: 'knows no tokens' };
const WITH_ITEM = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
const IS_NEW = 'attribute_not_exists(pk)';
const NEW_OR_ITEM = { ConditionExpression: IS_NEW, ...WITH_ITEM };

const CONDITIONS: readonly Case[] = [
  {
    rule: 'a failed condition of a put, an update and a delete returns the stored item when it is asked for',
    steps: (pk) => {
      const Key = { pk, sk: 'a' };
      const withItem = { ...FAILED, Item: { pk: { S: pk }, sk: { S: 'a' }, amount: { N: '7' } } };
      return [
        [put({ ...Key, amount: 7 }), DONE],
        [put(Key, { ConditionExpression: IS_NEW }), FAILED],
        [put(Key, NEW_OR_ITEM), withItem],
        [update({ ...NEW_OR_ITEM, Key, UpdateExpression: 'REMOVE amount' }), withItem],
        [remove({ ...NEW_OR_ITEM, Key }), withItem],
        [get(pk), { Item: { ...Key, amount: 7 } }],
      ];
    },
  },
];

const TRANSACTIONS: readonly Case[] = [
  {
    rule: 'a transaction applies a put, an update, a delete and a check in two tables together',
    steps: (pk) => {
      const order = { merchant_uid: pk, amount: 9 };
      const condition = {
        ConditionExpression: 'amount = :nine',
        ExpressionAttributeValues: { ':nine': 9 },
      };
      return [
        [put({ pk, sk: 'old' }), DONE],
        [put(order, { TableName: ORDERS.TableName }), DONE],
        [
          transact([
            putting({ pk, sk: 'new', amount: 1 }),
            adding(pk),
            { Delete: { TableName, Key: { pk, sk: 'old' } } },
            { ConditionCheck: { TableName: ORDERS.TableName, Key: { merchant_uid: pk }, ...condition } },
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
      const Item = { pk: { S: pk }, sk: { S: 'b' }, amount: { N: '7' } };
      const wanted = transact([
        adding(pk),
        { Put: { TableName, Item: { pk, sk: 'b' }, ...NEW_OR_ITEM } },
        checking({ pk, sk: 'c' }, 'attribute_exists(pk)'),
        adding(pk, 'd'),
      ]);
      const withItem = { Code: 'ConditionalCheckFailed', Item };
      return [
        [put({ pk, sk: 'b', amount: 7 }), DONE],
        [wanted, cancelled('None', withItem, 'ConditionalCheckFailed', 'None')],
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
    rule: 'a transaction contains each item only once, and each of its entries has exactly one action',
    steps: (pk) => [
      [transact([adding(pk), checking({ pk, sk: 'a' }, IS_NEW)]), INVALID],
      [transact([{ ...adding(pk), ...putting({ pk, sk: 'b' }) }]), INVALID],
    ],
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
    rule: 'a transaction repeated with the same token is not applied again, and the token is refused for another',
    unlike: NO_TOKENS,
    steps: (pk) => [
      [transact([adding(pk)], `${pk}-token`), DONE],
      [transact([adding(pk)], `${pk}-token`), DONE],
      [get(pk), { Item: { pk, sk: 'a', amount: 1 } }],
      [transact([adding(pk, 'b')], `${pk}-token`), { error: 'IdempotentParameterMismatchException' }],
      [get(pk, 'b'), DONE],
    ],
  },
  {
    rule: 'the token of a cancelled transaction can be used again',
    unlike: NO_TOKENS,
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
    unlike: NO_TOKENS,
    steps: (pk) => [[transact([adding(pk)], pk.padEnd(37, '-')), INVALID]],
  },
];

const INDEXES: readonly Case[] = [
  {
    rule: 'an index has only items with its key: a write adds, moves and drops its entries',
    steps: (pk) => {
      const entry = (sk: string, due_ms: number) => ({ pk, sk, open_shard: pk, due_ms });
      const later = { UpdateExpression: 'SET due_ms = :due', ExpressionAttributeValues: { ':due': 25 } };
      const open = query({
        IndexName: 'open_refunds',
        KeyConditionExpression: 'open_shard = :shard',
        ExpressionAttributeValues: { ':shard': pk },
      });
      return [
        [transact([entry('a', 10), entry('b', 9), entry('c', 20)].map((item) => putting(item))), DONE],
        [open, { Items: [entry('b', 9), entry('a', 10), entry('c', 20)] }],
        [update({ Key: { pk, sk: 'a' }, UpdateExpression: 'REMOVE open_shard' }), DONE],
        [update({ Key: { pk, sk: 'b' }, ...later }), DONE],
        [open, { Items: [entry('c', 20), entry('b', 25)] }],
      ];
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
    rule: 'an empty string is accepted in another attribute, and refused as a key',
    steps: (pk) => [
      [put({ pk, sk: 'a', name: '' }), DONE],
      [get(pk), { Item: { pk, sk: 'a', name: '' } }],
      [transact([adding(pk, 'b'), adding(pk, '')]), INVALID],
    ],
  },
  {
    rule: 'half of a surrogate pair is refused as a string',
    unlike: { moto: 'fails at it' },
    steps: (pk) => {
      const whole = { pk, sk: 'b', name: '\ud83d\ude00', path: '\\ud83d' };
      return [
        [put({ pk, sk: 'a', name: '\ud83d' }), { error: 'SerializationException' }],
        [put(whole), DONE],
        [get(pk, 'b'), { Item: whole }],
      ];
    },
  },
  {
    rule: 'a batch may contain each item only once, and writes all its items',
    steps: (pk) => {
      const puts = (...keys: readonly string[]) => keys.map((sk) => ({ PutRequest: { Item: { pk, sk } } }));
      const all = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
      return [
        [batch(puts('a', 'a')), INVALID],
        [batch(puts('a', 'b')), DONE],
        [batch([{ DeleteRequest: { Key: { pk, sk: 'a' } } }, ...puts('c')]), DONE],
        [query(all), { Items: ['b', 'c'].map((sk) => ({ pk, sk })) }],
      ];
    },
  },
];

/** Rules for the embedded DynamoDB; test/real/store.real.ts checks other DynamoDBs by the same rules. */
export const CASES: readonly Case[] = [...CONDITIONS, ...TRANSACTIONS, ...INDEXES, ...REFUSALS];

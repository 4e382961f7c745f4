import { isObject, type JsonObject } from '../json.ts';
import type { TablePlan } from '../template/plan.ts';

/** Which attributes are keys of which index, by table. */
export interface IndexKeys {
  readonly indexesOf: (table: unknown) => ReadonlyMap<string, readonly string[]>;
}

export function createIndexKeys(tables: readonly TablePlan[]): IndexKeys {
  const planOf = (name: unknown): TablePlan | undefined => tables.find((table) => table.name === name);
  return {
    indexesOf: (name) =>
      new Map(
        (planOf(name)?.indexes ?? []).map((index) => [
          String(index['IndexName']),
          attributeNames(Array.isArray(index['KeySchema']) ? index['KeySchema'] : []),
        ]),
      ),
  };
}

function attributeNames(keySchema: readonly unknown[]): readonly string[] {
  return keySchema.map((element) => String(isObject(element) ? element['AttributeName'] : ''));
}

/** What the real service says when a write gives an index an empty text as key, which dynalite takes; else undefined. */
export function emptyIndexKey(operation: string, input: JsonObject, keys: IndexKeys): string | undefined {
  return writesOf(operation, input)
    .flatMap(({ table, attributes }) => {
      const empty = Object.keys(attributes).filter((name) => isEmptyText(attributes[name]));
      return [...keys.indexesOf(table)].flatMap(([index, names]) =>
        names.filter((name) => empty.includes(name)).map((name) => refusal(index, name)),
      );
    })
    .at(0);
}

function refusal(index: string, key: string): string {
  return (
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
    `The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${index}, IndexKey: ${key}`
  );
}

interface Write {
  readonly table: unknown;
  readonly attributes: JsonObject;
}

function writesOf(operation: string, input: JsonObject): readonly Write[] {
  switch (operation) {
    case 'PutItem':
      return isObject(input['Item']) ? [{ table: input['TableName'], attributes: input['Item'] }] : [];
    case 'UpdateItem':
      return [{ table: input['TableName'], attributes: assignments(input) }];
    case 'BatchWriteItem':
      return Object.entries(isObject(input['RequestItems']) ? input['RequestItems'] : {}).flatMap(
        ([table, requests]) =>
          (Array.isArray(requests) ? requests : []).flatMap((request: unknown) => {
            const put =
              isObject(request) && isObject(request['PutRequest'])
                ? request['PutRequest']['Item']
                : undefined;
            return isObject(put) ? [{ table, attributes: put }] : [];
          }),
      );
    default:
      return [];
  }
}

/** What `SET name = :value` assigns at the top level; any other form cannot give a key an empty text that was not there. */
function assignments(input: JsonObject): JsonObject {
  const expression = typeof input['UpdateExpression'] === 'string' ? input['UpdateExpression'] : '';
  const names = isObject(input['ExpressionAttributeNames']) ? input['ExpressionAttributeNames'] : {};
  const values = isObject(input['ExpressionAttributeValues']) ? input['ExpressionAttributeValues'] : {};
  return Object.fromEntries(
    [...expression.matchAll(/(#?\w+)\s*=\s*(:\w+)/g)].map(([, placeholder = '', value = '']) => {
      const name = names[placeholder];
      return [typeof name === 'string' ? name : placeholder, values[value]];
    }),
  );
}

function isEmptyText(value: unknown): boolean {
  return isObject(value) && value['S'] === '';
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { told } from './dynamodb-asking.ts';
import { CASES } from './dynamodb-cases.ts';
import { type DynamoDb, startedDynamoDb } from './dynamodb-world.ts';

let dynamodb: DynamoDb;
beforeAll(async () => {
  dynamodb = await startedDynamoDb();
});
afterAll(async () => {
  await dynamodb.end();
  expect(dynamodb.faults).toEqual([]);
});

describe('the embedded DynamoDB', () => {
  it.each(CASES.map((each, index) => ({ ...each, pk: `case-${index}` })))('$rule', async ({ steps, pk }) => {
    for (const [ask, answer] of steps(pk)) expect(await told(dynamodb.documents, ask)).toEqual(answer);
  });
});

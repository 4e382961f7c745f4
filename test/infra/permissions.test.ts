import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { Template } from 'aws-cdk-lib/assertions';
import { resources, stackWith } from './support.ts';

const Statement = v.object({
  Action: v.union([v.string(), v.array(v.string())]),
  Resource: v.unknown(),
  Effect: v.literal('Allow'),
});
const Policy = v.object({ PolicyDocument: v.object({ Statement: v.array(Statement) }) });

const template = Template.fromStack(stackWith());

/** Action → resources, of one function's role. */
function allowed(functionName: string): Readonly<Record<string, string>> {
  const policy = resources(template, 'AWS::IAM::Policy').find(({ id }) =>
    id.startsWith(`Service${functionName}Role`),
  );
  const statements = v.parse(Policy, policy?.properties).PolicyDocument.Statement;
  const pairs = statements.flatMap(({ Action, Resource }) =>
    [Action].flat().map((action) => [action, JSON.stringify(Resource)] as const),
  );
  const actions = [...new Set(pairs.map(([action]) => action))];
  return Object.fromEntries(
    actions.map((action) => [
      action,
      pairs.flatMap(([each, resource]) => (each === action ? [resource] : [])).join(),
    ]),
  );
}

const EVERYBODY = [
  'dynamodb:Query',
  'dynamodb:UpdateItem',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'secretsmanager:GetSecretValue',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

const INDEX_OF_DOOR = [
  ['CancelPayment', 'by_imp_uid'],
  ['GetPayment', 'by_imp_uid'],
  ['CloseRefund', 'by_imp_uid'],
  ['ReceiveWebhook', 'by_imp_uid'],
  ['ResolveRefunds', 'open_refunds'],
  ['ReconcilePayments', 'by_imp_uid'],
] as const;

/** Where reconciliation stands is an item of the service's own. */
const NOTES = ['dynamodb:GetItem'];

/** A run that fails for good is kept. */
const FAILURES = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

describe('a function may do what it does, and nothing else', () => {
  it.each([
    ['CancelPayment', []],
    ['GetPayment', []],
    ['CloseRefund', []],
    ['ReceiveWebhook', []],
    ['ResolveRefunds', FAILURES],
    ['ReconcilePayments', [...FAILURES, ...NOTES]],
  ])('%s', (name, more) => {
    expect(Object.keys(allowed(name)).toSorted()).toEqual([...EVERYBODY, ...more].toSorted());
  });

  it('on its own table, index, secret and logs: a star only for tracing, which has no resources', () => {
    for (const [name] of INDEX_OF_DOOR) {
      for (const [action, resource] of Object.entries(allowed(name))) {
        expect(`${action} ${resource.includes('*')}`).toBe(`${action} ${action.startsWith('xray:')}`);
      }
    }
    for (const [name, index] of INDEX_OF_DOOR) {
      expect(allowed(name)['dynamodb:Query']?.match(/(?<=\/index\/)\w+/g), name).toEqual([index]);
    }
  });
});

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
  return Object.fromEntries(
    statements.flatMap(({ Action, Resource }) =>
      [Action].flat().map((action) => [action, JSON.stringify(Resource)] as const),
    ),
  );
}

const EVERYBODY = [
  'dynamodb:GetItem',
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

describe('a function may do what it does, and nothing else', () => {
  it.each([
    ['CancelPayment', ['dynamodb:Query']],
    ['GetPayment', []],
    ['ReceiveWebhook', []],
    ['ResolveRefunds', ['dynamodb:Query', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage']],
  ])('%s', (name, more) => {
    expect(Object.keys(allowed(name)).toSorted()).toEqual([...EVERYBODY, ...more].toSorted());
  });

  it('on its own table, index, secret and logs: a star only for tracing, which has no resources', () => {
    for (const name of ['CancelPayment', 'GetPayment', 'ReceiveWebhook', 'ResolveRefunds']) {
      for (const [action, resource] of Object.entries(allowed(name))) {
        expect(`${action} ${resource.includes('*')}`).toBe(`${action} ${action.startsWith('xray:')}`);
      }
    }
    expect(allowed('CancelPayment')['dynamodb:Query']).toContain('/index/by_imp_uid');
    expect(allowed('ResolveRefunds')['dynamodb:Query']).toContain('/index/open_refunds');
  });
});

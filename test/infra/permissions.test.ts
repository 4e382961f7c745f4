import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { allowedBy, resources, roleOf, templateWith } from './support.ts';

const template = templateWith({ eventsUrl: 'https://shop.example/events' });

const ALWAYS = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
const READ_WITH_KEY = ['kms:Decrypt', 'kms:DescribeKey'];
const WRITE_WITH_KEY = [
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const STREAM = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
const SENDING = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];
const RECEIVING = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'];

/** Permissions besides those for tables and secrets, which test/fault/permissions.test.ts compares with the calls of the code. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  resolveRefunds: SENDING,
  reconcilePayments: SENDING,
  publishRefunds: [...STREAM.map((action) => `dynamodb:${action}`), 'events:PutEvents', ...SENDING],
  forwardEvents: [...RECEIVING, ...SENDING],
};

describe('the permissions of the functions', () => {
  it.each(FUNCTION_NAMES)('the function %s may use only its own resources, each by name', (name) => {
    const own = allowedBy(template, roleOf(name));
    const actions = [...new Set(own.flatMap((statement) => statement.actions))];
    const isOfData = (action: string) =>
      /^dynamodb:(GetItem|PutItem|Query|UpdateItem)$|^secretsmanager:GetSecretValue$/.test(action);
    const writes = actions.includes('dynamodb:UpdateItem') ? WRITE_WITH_KEY : [];
    const keys = actions.includes('dynamodb:GetItem') ? [...READ_WITH_KEY, ...writes] : [];
    const expected = [...ALWAYS, ...keys, ...(MORE[name] ?? [])];
    expect(actions.filter((action) => !isOfData(action)).toSorted()).toEqual(expected.toSorted());
    // These actions have no resources.
    for (const { actions: each, resource } of own)
      expect(resource.includes('*'), each.join()).toBe(
        each.every((action) => /^xray:|ListStreams$/.test(action)),
      );
  });

  it('the function that forwards events may use neither tables nor i’mport’s secret', () => {
    const own = allowedBy(template, 'ServiceForwardEventsRole');
    expect(own.flatMap(({ actions }) => actions).filter((action) => action.startsWith('dynamodb'))).toEqual(
      [],
    );
    const secrets = own.filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
    expect(secrets.map(({ resource }) => resource)).toEqual([expect.stringContaining('EventsSecret')]);
  });

  it('the topic accepts only alarms of this account, and only over TLS', () => {
    const [policy] = resources(template, 'SNS::TopicPolicy');
    expect(policy?.properties['PolicyDocument']).toMatchObject({
      Statement: [
        { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([':alarm:*'])] } },
          },
        },
      ],
    });
  });
});

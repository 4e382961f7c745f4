import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { allowedBy, stackWith, type Allowed } from './support.ts';

const template = Template.fromStack(stackWith({ eventsUrl: 'https://shop.example/events' }));

function ofFunction(name: string): readonly Allowed[] {
  return allowedBy(template, `Service${name}Role`);
}

function actionsOf(statements: readonly Allowed[]): readonly string[] {
  return [...new Set(statements.flatMap(({ actions }) => actions))].toSorted();
}

/** The table or index, by the readable part of its name. */
function reachedBy(name: string, action: string): readonly string[] {
  const statements = ofFunction(name).filter(({ actions }) => actions.includes(action));
  return statements.flatMap(({ resource }) => [
    ...(/Service(?:Ledger|Orders)[0-9A-F]{8}/.exec(resource) ?? []).map((id) => id.slice(7, -8)),
    ...[...resource.matchAll(/\/index\/(\w+)/g)].map(([, index = '']) => index),
  ]);
}

const ALWAYS = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
const READING = ['dynamodb:GetItem', 'kms:Decrypt', 'kms:DescribeKey'];
/** Including the key of a table that is written. */
const WRITING = [
  'dynamodb:UpdateItem',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
/** Permissions of functions that settle refunds: they may settle every due refund and call i'mport. */
const PROTOCOL = [...WRITING, 'dynamodb:PutItem', 'dynamodb:Query', 'secretsmanager:GetSecretValue'];

/** A run that finally fails goes to a queue. */
const FAILURES = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

const STREAM = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
  (action) => `dynamodb:${action}`,
);
/** Permissions to read from a queue. */
const RECEIVING = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'];

/** Functions for events: they may not read orders, call i'mport or write. */
const CARRIERS = [
  ['PublishRefunds', [...READING, ...STREAM, 'dynamodb:Query', 'events:PutEvents', ...FAILURES]],
  ['ForwardEvents', ['secretsmanager:GetSecretValue', ...RECEIVING, ...FAILURES]],
] as const;

/** Function, indexes that it queries, whether it reads orders, and further permissions. */
const DOORS = [
  ['CancelPayment', ['by_request'], true, PROTOCOL],
  ['GetPayment', ['by_request'], true, PROTOCOL],
  ['GetRefund', [], true, PROTOCOL],
  ['CloseRefund', [], true, PROTOCOL],
  ['ListRefunds', ['by_day', 'by_reference', 'by_refund_id', 'open_refunds'], true, ['dynamodb:Query']],
  ['GetReconciliation', [], false, []],
  ['AcknowledgeFinding', [], false, WRITING],
  ['ReceiveWebhook', [], true, PROTOCOL],
  ['ResolveRefunds', ['open_refunds'], false, [...PROTOCOL, ...FAILURES]],
  ['ReconcilePayments', [], true, [...PROTOCOL, ...FAILURES]],
] as const;

describe('the permissions of the functions', () => {
  it('this test lists every function', () => {
    const told = [...DOORS, ...CARRIERS].map(([name]) => name.toLowerCase());
    expect(told.toSorted()).toEqual(FUNCTION_NAMES.map((name) => name.toLowerCase()).toSorted());
  });

  it.each(DOORS)('the function %s has exactly these permissions', (name, indexes, readsOrders, more) => {
    const actions: readonly string[] = [...ALWAYS, ...READING, ...more];
    expect(actionsOf(ofFunction(name))).toEqual(actions.toSorted());
    const onLedger = (action: string) => (actions.includes(action) ? ['Ledger'] : []);
    expect(reachedBy(name, 'dynamodb:Query')).toEqual([
      ...onLedger('dynamodb:Query'),
      ...(indexes.length === 0 ? [] : ['Ledger', ...indexes]),
    ]);
    expect(reachedBy(name, 'dynamodb:GetItem')).toEqual(readsOrders ? ['Ledger', 'Orders'] : ['Ledger']);
    for (const write of ['dynamodb:PutItem', 'dynamodb:UpdateItem'])
      expect(reachedBy(name, write), write).toEqual(onLedger(write));
  });

  it.each(CARRIERS)('the function %s has exactly these permissions', (name, actions) => {
    expect(actionsOf(ofFunction(name))).toEqual([...ALWAYS, ...actions].toSorted());
    const isPublishing = name === 'PublishRefunds';
    expect(reachedBy(name, 'dynamodb:Query')).toEqual(isPublishing ? ['Ledger', 'by_day'] : []);
    expect(reachedBy(name, 'dynamodb:GetItem')).toEqual(isPublishing ? ['Ledger'] : []);
  });

  it('a function may use only its own tables, secret and logs, with * only for actions without resources', () => {
    for (const [name] of [...DOORS, ...CARRIERS]) {
      for (const { actions, resource } of ofFunction(name)) {
        const isOfNothing = actions.every((action) => /^xray:|ListStreams$/.test(action));
        expect(resource.includes('*'), `${name}: ${actions.join()}`).toBe(isOfNothing);
      }
    }
  });
});

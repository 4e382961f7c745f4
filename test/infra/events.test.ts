import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { describe, expect, it } from 'vitest';
import { mostTries, pauseSecondsAfter } from '../../functions/http/refund-events.ts';
import { ConfigurationFaults, RefundService } from '../../lib/stack/refund-service.ts';
import type { RefundServiceProps } from '../../lib/stack/settings.ts';
import { allowedBy, checkedTemplate, newApp, resources } from './support.ts';

const plain = checkedTemplate();
const forwarding = checkedTemplate({ eventsUrl: 'https://shop.example/events' });

/** The properties of the one resource of this type whose id has this part. */
function only(template: Template, type: string, part = '') {
  const found = resources(template, type).filter(({ id }) => id.includes(part));
  expect(found).toHaveLength(1);
  return found[0]?.properties;
}

describe('the ledger’s stream', () => {
  const stream = only(plain, 'AWS::Lambda::EventSourceMapping');

  it('is read from its oldest record on, and what cannot be handled ends in a queue', () => {
    expect(stream).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [expect.stringContaining('ServiceLedger'), 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      // Its records live for a day; after a quarter of it a person has long been called.
      MaximumRecordAgeInSeconds: 21_600,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringContaining('EventsFailures'), 'Arn'] } },
      },
    });
  });

  it('wakes the function for what may have an event alone', () => {
    const ofARefund = { Keys: { sk: { S: [{ prefix: 'refund#' }] } } };
    const eventName = ['INSERT', 'MODIFY'];
    const status = { S: ['cancelled', 'rejected', 'not_executed', 'elsewhere', 'attributed'] };
    const drift = { M: { at_ms: { N: [{ exists: true }] } } };
    const patterns = [
      { eventName, dynamodb: { ...ofARefund, NewImage: { status } } },
      { eventName, dynamodb: { ...ofARefund, NewImage: { drift } } },
    ];
    expect(stream?.['FilterCriteria']).toEqual({
      Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })),
    });
  });
});

describe('an address of the shop', () => {
  it('costs nothing where there is none', () => {
    for (const type of ['AWS::Events::Rule', 'AWS::Events::EventBus']) plain.resourceCountIs(type, 0);
    expect(resources(plain, 'AWS::Lambda::Function').filter(({ id }) => id.includes('Forward'))).toEqual([]);
  });

  it('gets the events of this service alone, by a rule and a queue', () => {
    expect(only(forwarding, 'AWS::Events::Rule')).toMatchObject({
      EventBusName: 'default',
      EventPattern: { source: ['iamport-refunds'], resources: ['RefundService/Service'] },
      Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringContaining('EventsForwarding'), 'Arn'] } }],
    });
  });

  it('is tried for a day with growing pauses, and then a person is called', () => {
    const queue = only(forwarding, 'AWS::SQS::Queue', 'EventsForwarding9');
    expect(queue).toMatchObject({ RedrivePolicy: { maxReceiveCount: mostTries() } });
    const pauses = Array.from({ length: mostTries() }, (_, index) => pauseSecondsAfter(index + 1));
    expect(pauses.slice(0, 3)).toEqual([10, 20, 40]);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    const sum = pauses.reduce((total, pause) => total + pause, 0);
    expect(sum).toBeGreaterThanOrEqual(24 * 3_600);
    expect(sum).toBeLessThan(26 * 3_600);
    // Longer than all tries together, and each pause shorter than a queue can hide a message.
    expect(Number(queue?.['MessageRetentionPeriod'])).toBeGreaterThan(2 * sum);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(12 * 3_600);
    const watched = JSON.stringify(only(forwarding, 'AWS::CloudWatch::Alarm', 'EventFailures'));
    expect(watched).toMatch(/EventsFailures.*EventsForwardingFailures/);
  });

  it('has a secret of its own, made by the stack: 33 random bytes in base64', () => {
    const secret = only(forwarding, 'AWS::SecretsManager::Secret', 'EventsSecret');
    expect(secret?.['GenerateSecretString']).toEqual({ PasswordLength: 44, ExcludePunctuation: true });
    expect(Buffer.from('a'.repeat(44), 'base64')).toHaveLength(33);
  });
});

describe('the function that publishes', () => {
  it('reads the stream of its ledger, puts on its bus, and keeps in its queue', () => {
    const own = allowedBy(plain, 'ServicePublishRefundsRole');
    const on = (action: string) => own.find(({ actions }) => actions.includes(action))?.resource;
    expect(on('dynamodb:GetRecords')).toMatch(/ServiceLedger.*StreamArn/);
    expect(on('events:PutEvents')).toContain('event-bus/default');
    expect(on('sqs:SendMessage')).toContain('EventsFailures');
  });
});

describe('what a deployer gives', () => {
  function shop(props: (stack: Stack) => RefundServiceProps): Template {
    const stack = new Stack(newApp({ 'aws:cdk:bundling-stacks': [] }), 'Shop');
    void new RefundService(stack, 'Refunds', props(stack));
    return Template.fromStack(stack);
  }

  it('may be a bus of the shop’s own, for publishing and for the rule', () => {
    const template = shop((stack) => ({
      eventBus: new EventBus(stack, 'Bus'),
      eventsUrl: 'https://shop.example/events',
    }));
    const bus = { Ref: expect.stringContaining('Bus') as unknown };
    expect(only(template, 'AWS::Events::Rule')).toMatchObject({ EventBusName: bus });
    expect(only(template, 'AWS::Lambda::Function', 'PublishRefunds')).toMatchObject({
      Environment: { Variables: { EVENT_BUS_NAME: bus } },
    });
    expect(JSON.stringify(allowedBy(template, 'RefundsPublishRefundsRole'))).toContain('BusEA82B648');
  });

  it('must name the stream of a ledger that was restored', () => {
    const named = (stack: Stack) => ({ ledger: Table.fromTableName(stack, 'Ledger', 'restored') });
    expect(() => shop(named)).toThrow(/ledger must name its stream \(tableStreamArn\)/);
  });

  it.each([
    'http://shop.example/events',
    'https://localhost/events',
    'https://events',
    'https://db.internal/events',
    'https://127.0.0.1/events',
    'https://0x7f.1/events',
    'https://10.1.2.3/events',
    'https://172.31.0.1/events',
    'https://192.168.1.1/events',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/events',
    'https://[::1]/events',
    'https://[fd00::1]/events',
    'https://[fe80::1]/events',
    'https://[::ffff:10.0.0.1]/events',
    'https://[64:ff9b::a00:1]/events',
    'https://user:secret@shop.example/events',
    'https://shop.example/events#part',
    'shop.example/events',
  ])('must be an address on the Internet, and %s is none', (eventsUrl) => {
    expect(() => shop(() => ({ eventsUrl }))).toThrow(ConfigurationFaults);
  });

  it.each(['https://shop.example/events?from=refunds', 'https://8.8.8.8:8443/', 'https://[2606:4700::1]/'])(
    'may be %s',
    (eventsUrl) => {
      expect(() => shop(() => ({ eventsUrl }))).not.toThrow();
    },
  );
});

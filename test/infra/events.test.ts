import { describe, expect, it } from 'vitest';
import { mostTries, pauseSecondsAfter } from '../../functions/http/refund-events.ts';
import { allowedBy, only, templateWith } from './support.ts';

const template = templateWith({ eventsUrl: 'https://shop.example/events' });
const named = (part: string): unknown => expect.stringContaining(part);

describe('the ledger’s stream', () => {
  const stream = only(template, 'Lambda::EventSourceMapping', 'Stream').properties;

  it('the stream is read from its oldest record, and records that fail go to a queue', () => {
    expect(stream).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [named('ServiceLedger'), 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      // Records live for a day; a person is alarmed within a quarter of it.
      MaximumRecordAgeInSeconds: 21_600,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [named('EventsFailures'), 'Arn'] } } },
    });
  });

  it('the function is invoked only for items that may have an event', () => {
    const ofARefund = { Keys: { sk: { S: [{ prefix: 'refund#' }] } } };
    const eventName = ['INSERT', 'MODIFY'];
    const status = { S: ['cancelled', 'rejected', 'not_executed', 'elsewhere', 'attributed'] };
    const drift = { M: { at_ms: { N: [{ exists: true }] } } };
    const patterns = [
      { eventName, dynamodb: { ...ofARefund, NewImage: { status } } },
      { eventName, dynamodb: { ...ofARefund, NewImage: { drift } } },
    ];
    expect(stream['FilterCriteria']).toEqual({
      Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })),
    });
  });

  it('the publishing function may read its ledger’s stream, put events on its bus, and send to its queue', () => {
    const own = allowedBy(template, 'ServicePublishRefundsRole');
    const on = (action: string) => own.find(({ actions }) => actions.includes(action))?.resource;
    expect(on('dynamodb:GetRecords')).toMatch(/ServiceLedger.*StreamArn/);
    expect(on('events:PutEvents')).toContain('event-bus/default');
    expect(on('sqs:SendMessage')).toContain('EventsFailures');
  });
});

describe('the shop’s address for events (eventsUrl)', () => {
  it('the address gets only the events of this service, by a rule and a queue', () => {
    expect(only(template, 'Events::Rule').properties).toMatchObject({
      EventBusName: 'default',
      EventPattern: { source: ['iamport-refunds'], resources: ['RefundService/Service'] },
      Targets: [{ Arn: { 'Fn::GetAtt': [named('EventsForwarding'), 'Arn'] } }],
    });
  });

  it('the address is retried for a day with growing pauses, and then an alarm rings', () => {
    const { properties: queue } = only(template, 'SQS::Queue', 'EventsForwarding9');
    expect(queue).toMatchObject({ RedrivePolicy: { maxReceiveCount: mostTries() } });
    const pauses = Array.from({ length: mostTries() }, (_, index) => pauseSecondsAfter(index + 1));
    expect(pauses.slice(0, 3)).toEqual([10, 20, 40]);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    const sum = pauses.reduce((total, pause) => total + pause, 0);
    expect(sum).toBeGreaterThanOrEqual(24 * 3_600);
    expect(sum).toBeLessThan(26 * 3_600);
    // The retention is longer than all tries together, and no pause exceeds the queue's maximum visibility timeout.
    expect(Number(queue['MessageRetentionPeriod'])).toBeGreaterThan(2 * sum);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(12 * 3_600);
    const watched = JSON.stringify(only(template, 'CloudWatch::Alarm', 'EventFailures').properties);
    expect(watched).toMatch(/EventsFailures.*EventsForwardingFailures/);
  });

  it('the stack creates a signing secret of 33 random bytes in base64', () => {
    const { GenerateSecretString: made } = only(
      template,
      'SecretsManager::Secret',
      'EventsSecret',
    ).properties;
    expect(made).toEqual({ PasswordLength: 44, ExcludePunctuation: true });
    expect(Buffer.from('a'.repeat(44), 'base64')).toHaveLength(33);
  });
});

import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_SOURCE, mostTries } from '../../functions/http/refund-events.ts';
import { FORWARD_TIMEOUT } from './budgets.ts';
import type { ServiceFunction, ServiceFunctions } from './functions.ts';
import { allow } from './permissions.ts';
import { failuresQueue } from './schedules.ts';

/** Forwards events from the bus to the shop's address. */
export interface Forwarding {
  readonly url: string;
  readonly queue: Queue;
  /** Events that the shop's address did not accept for a day. */
  readonly failures: Queue;
  readonly secret: Secret;
}

export interface EventsProps {
  readonly bus: IEventBus | undefined;
  /** Empty: nothing is forwarded. */
  readonly eventsUrl: string;
}

/** The path of the events: ledger stream, function, bus, and the shop's address if there is one. */
export class Events extends Construct {
  readonly bus: IEventBus;
  /** Events that the bus did not accept, complete. */
  readonly failures: Queue;
  readonly forwarding: Forwarding | undefined;

  constructor(scope: Construct, id: string, { bus, eventsUrl }: EventsProps) {
    super(scope, id);
    this.bus = bus ?? EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    this.failures = failuresQueue(this, 'Failures');
    this.forwarding = eventsUrl === '' ? undefined : this.#forwarding(eventsUrl);
  }

  #forwarding(url: string): Forwarding {
    const failures = failuresQueue(this, 'ForwardingFailures');
    const queue = new Queue(this, 'Forwarding', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // A message must not be delivered again while the function handles it; AWS recommends six times the function's timeout.
      visibilityTimeout: Duration.seconds(6 * FORWARD_TIMEOUT.toSeconds()),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: failures, maxReceiveCount: mostTries() },
    });
    const secret = new Secret(this, 'Secret', {
      description: 'Signs the events that are posted to the shop (Standard Webhooks)',
      // As base64 it is 33 bytes.
      generateSecretString: { passwordLength: 44, excludePunctuation: true },
    });
    return { url, queue, failures, secret };
  }

  /** Adds permissions and triggers after the functions have been created. */
  connect(
    functions: ServiceFunctions,
    { ledger, serviceName }: { readonly ledger: ITable; readonly serviceName: string },
  ): void {
    this.#publish(functions.publishRefunds, ledger);
    if (this.forwarding !== undefined && functions.forwardEvents !== undefined)
      this.#forward(functions.forwardEvents, this.forwarding, serviceName);
  }

  #publish({ alias, role }: ServiceFunction, { tableStreamArn = '' }: ITable): void {
    const reading = ['DescribeStream', 'GetRecords', 'GetShardIterator'].map(
      (action) => `dynamodb:${action}`,
    );
    allow(role, 'ReadStream', tableStreamArn, ...reading);
    // Listing has no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    allow(role, 'ListStreams', '*', 'dynamodb:ListStreams');
    allow(role, 'PutEvents', this.bus.eventBusArn, 'events:PutEvents');
    // The function itself sends what the bus does not accept; the stream's reader sends failed batches.
    this.failures.grantSendMessages(role);
    const mapping = new EventSourceMapping(this, 'Stream', {
      target: alias,
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // The function itself keeps undelivered events. This is for the case that the queue cannot be reached either.
      maxRecordAge: Duration.hours(6),
      onFailure: new SqsDlq(this.failures),
      filters: [ENDED, IN_DRIFT],
    });
    mapping.node.addDependency(role);
  }

  #forward(
    { alias, role }: ServiceFunction,
    { queue, failures, secret }: Forwarding,
    serviceName: string,
  ): void {
    const retried = { deadLetterQueue: failures, retryAttempts: 185, maxEventAge: Duration.hours(24) };
    new Rule(this, 'ToTheShop', {
      eventBus: this.bus,
      description: 'Events of refunds, for the address of the shop',
      // Two services may share a bus.
      eventPattern: { source: [EVENT_SOURCE], resources: [serviceName] },
      targets: [new SqsQueue(queue, retried)],
    });
    queue.grantConsumeMessages(role);
    failures.grantSendMessages(role);
    allow(role, 'ReadEventsSecret', secret.secretArn, 'secretsmanager:GetSecretValue');
    new EventSourceMapping(this, 'ToForward', {
      target: alias,
      eventSourceArn: queue.queueArn,
      batchSize: 10,
      // Limit the load on the shop's address; throttled posts would count as tries.
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
  }
}

/** Only items that may have an event invoke the function. */
function refundWith(NewImage: object): Record<string, unknown> {
  const Keys = { sk: { S: FilterRule.beginsWith('refund#') } };
  return FilterCriteria.filter({
    eventName: FilterRule.or('INSERT', 'MODIFY'),
    dynamodb: { Keys, NewImage },
  });
}

const ENDED = refundWith({
  status: { S: FilterRule.or('cancelled', 'rejected', 'not_executed', 'elsewhere', 'attributed') },
});
const IN_DRIFT = refundWith({ drift: { M: { at_ms: { N: FilterRule.exists() } } } });

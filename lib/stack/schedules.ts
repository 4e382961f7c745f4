import { Duration, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ServiceFunctions } from './functions.ts';

interface Timed {
  readonly description: string;
  readonly schedule: ScheduleExpression;
  readonly target: IFunction;
  readonly input: Readonly<Record<string, string>>;
  /** How long a failed event is retried. */
  readonly maxEventAge: Duration;
  readonly retries: number;
}

const A_MINUTE = Duration.minutes(1);
const AN_HOUR = Duration.hours(1);

/** The schedules. The next run does the work of a lost one; a run that finally fails is kept and raises an alarm. */
export class Schedules extends Construct {
  /** Finally failed runs of all schedules. */
  readonly failures: Queue;
  readonly #role: Role;

  constructor(scope: Construct, id: string, { resolveRefunds, reconcilePayments }: ServiceFunctions) {
    super(scope, id);
    const [resolver, reconciliation] = [resolveRefunds.alias, reconcilePayments.alias];
    this.failures = failuresQueue(this, 'Failures');
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
    // The next run comes in a minute, so a failed one is not retried for hours.
    this.#keepFailures(resolver, A_MINUTE);
    this.#keepFailures(reconciliation, AN_HOUR);
    this.#schedule('EveryMinute', {
      description: 'Resolves the refunds whose outcome is not known yet',
      schedule: ScheduleExpression.rate(A_MINUTE),
      target: resolver,
      input: { source: 'schedule' },
      maxEventAge: A_MINUTE,
      retries: 1,
    });
    this.#schedule('EveryHour', {
      description: "Compares the ledger with i'mport's changes since the last run",
      schedule: ScheduleExpression.rate(AN_HOUR),
      target: reconciliation,
      input: { window: 'recent' },
      maxEventAge: AN_HOUR,
      retries: 3,
    });
    this.#schedule('EveryNight', {
      description: "Compares the ledger with i'mport's last 90 days",
      schedule: ScheduleExpression.cron({ minute: '10', hour: '3', timeZone: TimeZone.ASIA_SEOUL }),
      target: reconciliation,
      input: { window: 'full' },
      maxEventAge: AN_HOUR,
      retries: 3,
    });
  }

  #keepFailures(target: IFunction, maxEventAge: Duration): void {
    target.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge,
      onFailure: new SqsDestination(this.failures),
    });
  }

  #schedule(id: string, { description, schedule, target, input, maxEventAge, retries }: Timed): void {
    const timed = new Schedule(this, id, {
      description,
      schedule,
      target: new LambdaInvoke(target, {
        role: this.#role,
        deadLetterQueue: this.failures,
        retryAttempts: retries,
        maxEventAge,
        input: ScheduleTargetInput.fromObject(input),
      }),
    });
    // Without this dependency the first run of a new stack would fail, because the role has no policy yet.
    timed.node.addDependency(this.#role);
  }
}

/** Keeps finally failed runs for two weeks. They contain no personal data, so SQS's own key is enough. */
export function failuresQueue(scope: Construct, id: string): Queue {
  return new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
}

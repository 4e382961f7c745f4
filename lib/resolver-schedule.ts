import { Duration, Validations } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Looks at the refunds in doubt every minute. A run that is lost costs a minute; one that fails is kept and alarmed. */
export class ResolverSchedule extends Construct {
  /** Runs that failed for good. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, resolver: IFunction) {
    super(scope, id);
    this.failures = new Queue(this, 'Failures', {
      // Holds the schedule's own event and no personal data, so SQS's own key will do.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const reason = 'It is itself the queue of what failed; another behind it would hold nothing.';
    Validations.of(this.failures).acknowledge(
      { id: 'AwsSolutions-SQS3', reason },
      { id: 'Serverless-SQSRedrivePolicy', reason },
    );
    // The next run comes in a minute anyway, so a failed one is not tried for hours.
    resolver.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
      onFailure: new SqsDestination(this.failures),
    });
    new Schedule(this, 'EveryMinute', {
      description: 'Resolves the refunds whose outcome is not known yet',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      target: new LambdaInvoke(resolver, {
        deadLetterQueue: this.failures,
        retryAttempts: 1,
        maxEventAge: Duration.minutes(1),
        input: ScheduleTargetInput.fromObject({ source: 'schedule' }),
      }),
    });
  }
}

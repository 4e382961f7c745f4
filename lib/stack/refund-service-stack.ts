import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { readConfiguration, type Configuration } from './configuration.ts';
import { outputsOf, RefundService } from './refund-service.ts';

/** The stack: reads the context, creates the construct, and outputs what a deployer needs next. */
export class RefundServiceStack extends Stack {
  readonly service: RefundService;

  /** @throws ConfigurationFaults naming every key of the context that cannot be deployed. */
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props);
    const configuration = readConfiguration(this.node);
    const { jwtIssuer, jwtAudience, iamportSecretArn, iamportSecretKeyArn, alarmEmail, ...settings } =
      configuration;
    const iamportSecret = this.#existingSecret({ iamportSecretArn, iamportSecretKeyArn });
    this.service = new RefundService(this, 'Service', {
      ...settings,
      ...(jwtIssuer === '' ? {} : { tokens: { issuer: jwtIssuer, audience: jwtAudience } }),
      ...(iamportSecret === undefined ? {} : { iamportSecret }),
    });
    this.#tellAlarms(alarmEmail);
    for (const [name, value] of Object.entries(outputsOf(this.service))) new CfnOutput(this, name, { value });
  }

  /** Warns if the topic has no subscription, because nobody would get an alarm. */
  #tellAlarms(alarmEmail: string): void {
    if (alarmEmail !== '') {
      this.service.alarmTopic.addSubscription(new EmailSubscription(alarmEmail));
      return;
    }
    Annotations.of(this).addWarningV2(
      'iamport-refunds:AlarmsReachNobody',
      'No alarm reaches anybody: give alarmEmail, or subscribe to the topic (AlarmTopicArn in the outputs) after the deployment.',
    );
  }

  #existingSecret({
    iamportSecretArn: secretCompleteArn,
    iamportSecretKeyArn: keyArn,
  }: Pick<Configuration, 'iamportSecretArn' | 'iamportSecretKeyArn'>): ISecret | undefined {
    if (secretCompleteArn === '') return undefined;
    return Secret.fromSecretAttributes(this, 'IamportSecret', {
      secretCompleteArn,
      ...(keyArn === '' ? {} : { encryptionKey: Key.fromKeyArn(this, 'IamportSecretKey', keyArn) }),
    });
  }
}

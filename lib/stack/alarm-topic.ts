import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/**
 * Where alarms go, under a key that encrypts nothing else. An alarm publishes in CloudWatch's name, so that name is let in;
 * but only for alarms of this account, or another account's could be made to ring here. `enforceSSL` takes the place of the
 * default policy under which the account's alarms may publish, so it is said again.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function alarmTopic(scope: Construct): Topic {
  const { account, partition, region } = Stack.of(scope);
  const fromOurAlarms = {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
  };
  const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com', { conditions: fromOurAlarms });
  const masterKey = new Key(scope, 'AlarmsKey', {
    description: 'Encrypts the alarms on their way',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  masterKey.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OurAlarms',
      principals: [cloudWatch],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      // In a key's own policy a star is this key.
      resources: ['*'],
    }),
  );
  const topic = new Topic(scope, 'Alarms', { masterKey, enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OurAlarms',
      principals: [cloudWatch],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
    }),
  );
  return topic;
}

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { readConfiguration } from './configuration.ts';
import { RefundService } from './refund-service.ts';

/** The unit of deployment: reads the context, makes the one construct, prints what a deployer needs next. */
export class RefundServiceStack extends Stack {
  readonly service: RefundService;

  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props);
    const configuration = readConfiguration(this.node);
    const { jwtIssuer, jwtAudience, iamportSecretArn, alarmEmail } = configuration;
    this.service = new RefundService(this, 'Service', {
      iamportApiUrl: configuration.iamportApiUrl,
      quietPeriodSeconds: configuration.quietPeriodSeconds,
      webhookSourceAddresses: configuration.webhookSourceAddresses,
      allowedOrigins: configuration.allowedOrigins,
      ...(jwtIssuer === '' ? {} : { tokens: { issuer: jwtIssuer, audience: [jwtAudience] } }),
      ...(iamportSecretArn === ''
        ? {}
        : { iamportSecret: Secret.fromSecretCompleteArn(this, 'IamportSecret', iamportSecretArn) }),
    });
    if (alarmEmail !== '') this.service.alarmTopic.addSubscription(new EmailSubscription(alarmEmail));
    this.#printOutputs();
  }

  #printOutputs(): void {
    const { api, table, iamportSecret, staffPool, dashboard } = this.service;
    const fill = `aws secretsmanager put-secret-value --secret-id ${iamportSecret.secretArn} --secret-string '{"imp_key":"…","imp_secret":"…"}'`;
    const outputs = {
      ApiUrl: api.apiEndpoint,
      WebhookUrl: `${api.apiEndpoint}/webhooks/iamport`,
      TableName: table.tableName,
      FillSecretCommand: fill,
      DashboardName: dashboard.dashboardName,
      ...(staffPool === undefined
        ? {}
        : { UserPoolId: staffPool.pool.userPoolId, UserPoolClientId: staffPool.client.userPoolClientId }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

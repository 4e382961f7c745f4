import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import {
  ANSWER_RESERVE_MS,
  LAST_MOMENT_MS,
  MAX_CANCEL_TIMEOUT_MS,
  MIN_CANCEL_TIMEOUT_MS,
  READ_BACK_TIMEOUT_MS,
  waitsOf,
  TOKEN_TIMEOUT_MS,
} from '../../functions/refund/times.ts';
import {
  INTEGRATION_TIMEOUT,
  REQUEST_TIMEOUT,
  RECONCILIATION_TIMEOUT,
  RESOLVER_TIMEOUT,
} from '../../lib/stack/budgets.ts';
import { THROTTLES } from '../../lib/stack/throttles.ts';
import { checkedTemplate, resources, stackWith } from './support.ts';

let template: Template;
beforeAll(() => {
  // Synthesizing it is the first test: no finding of the AwsSolutions and Serverless packs is left.
  template = checkedTemplate();
});

describe('what the money is remembered by', () => {
  it('is kept, protected, restorable and encrypted with a key of its own', () => {
    const [table] = resources(template, 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({
      retained: true,
      properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'merchant_uid', KeyType: 'HASH' },
          { AttributeName: 'imp_uid', KeyType: 'RANGE' },
        ],
      },
    });
    template.allResourcesProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    for (const key of resources(template, 'AWS::KMS::Key')) expect(key.retained).toBe(true);
    for (const secret of resources(template, 'AWS::SecretsManager::Secret'))
      expect(secret).toMatchObject({ retained: true, properties: { KmsKeyId: {} } });
  });

  it('has indexes that hold keys only, so that sensitive fields are in one place', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by_imp_uid',
          KeySchema: [{ AttributeName: 'imp_uid', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
        {
          IndexName: 'open_refunds',
          KeySchema: [
            { AttributeName: 'refund_open_shard', KeyType: 'HASH' },
            { AttributeName: 'refund_resolve_at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });

  it('is never replaced by an upgrade: the logical ids stay what they are', () => {
    const ids = [
      'AWS::DynamoDB::Table',
      'AWS::KMS::Key',
      'AWS::SecretsManager::Secret',
      'AWS::Cognito::UserPool',
      'AWS::Cognito::UserPoolClient',
    ].flatMap((type) => resources(template, type).map(({ id }) => id));
    expect(ids).toEqual([
      'ServicePaymentsTable287106A7',
      'ServicePaymentsKey4DC89F7A',
      'ServiceIamportSecretKeyD999C8A8',
      'ServiceAlarmsKey5BFB3E87',
      'ServiceIamportSecret96B58DA5',
      'ServiceStaffPool496574E4',
      'ServiceStaffPoolClientD6C9B99C',
    ]);
  });
});

describe('the API', () => {
  it('asks for a token on every route but the webhook', () => {
    const routes = resources(template, 'AWS::ApiGatewayV2::Route').map(({ properties }) => [
      properties['RouteKey'],
      properties['AuthorizationType'],
    ]);
    expect(Object.fromEntries(routes)).toEqual({
      'POST /payments/cancel': 'JWT',
      'GET /payments/{merchant_uid}': 'JWT',
      'GET /payments': 'JWT',
      'POST /payments/{merchant_uid}/refunds/{refund_id}/close': 'JWT',
      'POST /webhooks/iamport': 'NONE',
    });
  });

  it('throttles every route, the webhook most, and logs no personal data', () => {
    const [stage] = resources(template, 'AWS::ApiGatewayV2::Stage');
    const settings = stage?.properties['RouteSettings'] as Record<string, { ThrottlingRateLimit: number }>;
    expect(Object.keys(settings)).toEqual(Object.keys(THROTTLES));
    const rates = Object.values(settings).map(({ ThrottlingRateLimit }) => ThrottlingRateLimit);
    expect(settings['POST /webhooks/iamport']?.ThrottlingRateLimit).toBe(Math.min(...rates));
    // API Gateway refuses settings of a route that is not there yet.
    const routes = resources(template, 'AWS::ApiGatewayV2::Route').map(({ id }) => id);
    expect(routes).toHaveLength(5);
    expect(stage?.dependsOn).toEqual(expect.arrayContaining(routes));
    const format = JSON.stringify(stage?.properties['AccessLogSettings']);
    expect(format).toContain('$context.requestId');
    for (const personal of ['identity', 'sourceIp', 'userAgent', 'path', 'header', 'claims'])
      expect(format).not.toContain(personal);
  });

  it('lets no page in by default, and those that are named by name', () => {
    expect(resources(template, 'AWS::ApiGatewayV2::Api')[0]?.properties).not.toHaveProperty(
      'CorsConfiguration',
    );
    const named = Template.fromStack(stackWith({ allowedOrigins: 'https://shop.example' }));
    named.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://shop.example'],
        ExposeHeaders: ['content-language', 'idempotency-replayed', 'location', 'retry-after'],
      },
    });
  });

  it('gives up after the function, and the function has time for everything it waits for', () => {
    const before = TOKEN_TIMEOUT_MS + MIN_CANCEL_TIMEOUT_MS + READ_BACK_TIMEOUT_MS + ANSWER_RESERVE_MS;
    expect(before).toBeLessThan(REQUEST_TIMEOUT.toMilliseconds());
    expect(LAST_MOMENT_MS).toBeLessThan(ANSWER_RESERVE_MS);
    expect(REQUEST_TIMEOUT.toMilliseconds()).toBeLessThan(INTEGRATION_TIMEOUT.toMilliseconds());
    expect(INTEGRATION_TIMEOUT.toMilliseconds()).toBeLessThan(30_000);
    expect(waitsOf(180_000).sendWindowMs + MAX_CANCEL_TIMEOUT_MS).toBeLessThan(60_000);
    template.allResourcesProperties('AWS::ApiGatewayV2::Integration', {
      TimeoutInMillis: INTEGRATION_TIMEOUT.toMilliseconds(),
      PayloadFormatVersion: '2.0',
    });
  });
});

describe('a function', () => {
  const ours = () => resources(template, 'AWS::Lambda::Function');

  it('runs Node 24 on arm64, traced, within its time, with the environment that the code reads', () => {
    expect(ours()).toHaveLength(6);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
    });
    const everywhere = Object.values(ENVIRONMENT);
    for (const { id, properties } of ours()) {
      const { Variables } = properties['Environment'] as { Variables: object };
      const expected = everywhere.filter(
        (name) => name !== ENVIRONMENT.webhookSourceAddresses || id.includes('Webhook'),
      );
      expect(Object.keys(Variables).toSorted()).toEqual(expected.toSorted());
      const timeout = id.includes('Resolve')
        ? RESOLVER_TIMEOUT
        : id.includes('Reconcile')
          ? RECONCILIATION_TIMEOUT
          : REQUEST_TIMEOUT;
      expect(properties['Timeout']).toBe(timeout.toSeconds());
    }
  });

  it('is called through its alias, and a new version takes over by canary with roll-back on alarm', () => {
    template.resourceCountIs('AWS::Lambda::Alias', 6);
    template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 6);
    template.allResourcesProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
      AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(['DEPLOYMENT_STOP_ON_ALARM']) },
      AlarmConfiguration: { Enabled: true },
    });
    for (const { properties } of resources(template, 'AWS::ApiGatewayV2::Integration'))
      expect(JSON.stringify(properties['IntegrationUri'])).toMatch(/Live/);
  });

  it('keeps its logs for three months, and they outlive the stack', () => {
    for (const group of resources(template, 'AWS::Logs::LogGroup'))
      expect(group).toMatchObject({ retained: true, properties: { RetentionInDays: 90 } });
  });
});

describe('a schedule', () => {
  it('runs the resolver every minute, reconciliation every hour and, in Korea, every night', () => {
    const schedules = resources(template, 'AWS::Scheduler::Schedule').map(({ properties }) => {
      const target = properties['Target'] as { Input: string; Arn: object };
      const [, door] = /Service(\w+)Live/.exec(JSON.stringify(target.Arn)) ?? [];
      return [
        door,
        properties['ScheduleExpression'],
        properties['ScheduleExpressionTimezone'],
        properties['State'],
        target.Input,
      ];
    });
    expect(schedules).toEqual([
      ['ResolveRefunds', 'rate(1 minute)', 'Etc/UTC', 'ENABLED', '{"source":"schedule"}'],
      ['ReconcilePayments', 'rate(1 hour)', 'Etc/UTC', 'ENABLED', '{"window":"recent"}'],
      ['ReconcilePayments', 'cron(10 3 * * ? *)', 'Asia/Seoul', 'ENABLED', '{"window":"full"}'],
    ]);
  });

  it('waits for what its role may do, and keeps what fails for good', () => {
    const policies = resources(template, 'AWS::IAM::Policy').map(({ id }) => id);
    for (const { dependsOn, properties } of resources(template, 'AWS::Scheduler::Schedule')) {
      expect(dependsOn.some((id) => policies.includes(id))).toBe(true);
      expect(properties['Target']).toMatchObject({ DeadLetterConfig: {} });
    }
    template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 2);
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: {} },
    });
  });

  it('begins no run of the resolver beside another one', () => {
    expect(RESOLVER_TIMEOUT.toSeconds()).toBeLessThan(60);
  });
});

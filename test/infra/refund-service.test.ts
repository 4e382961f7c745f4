import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { ANSWER_LIMIT_MS } from '../../functions/forward-events.ts';
import { LEDGER_TABLE } from '../../functions/ledger/keys.ts';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import {
  ANSWER_RESERVE_MS,
  LAST_MOMENT_MS,
  MAX_CANCEL_TIMEOUT_MS,
  MIN_CANCEL_TIMEOUT_MS,
  READ_BACK_TIMEOUT_MS,
  SEND_WINDOW_MS,
  STAFF_WAIT_MS,
  TOKEN_TIMEOUT_MS,
} from '../../functions/refund/times.ts';
import {
  FORWARD_TIMEOUT,
  INTEGRATION_TIMEOUT,
  REQUEST_TIMEOUT,
  RECONCILIATION_TIMEOUT,
  RESOLVER_TIMEOUT,
} from '../../lib/stack/budgets.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { ROUTE_KEYS } from '../../lib/stack/routes.ts';
import { createTable } from '../support/emulated-ledger.ts';
import { checkedTemplate, resources, stackWith } from './support.ts';

let template: Template;
beforeAll(() => {
  // The synthesis is itself a test: the AwsSolutions and Serverless packs find nothing.
  template = checkedTemplate();
});

/** A table of the template by the beginning of its logical id. */
function table(name: string) {
  const found = resources(template, 'AWS::DynamoDB::Table').filter(({ id }) =>
    id.startsWith(`Service${name}`),
  );
  expect(found).toHaveLength(1);
  return found[0];
}

/** Without `eventsUrl` there is no forwarding function. */
const WITHOUT_FORWARDING = FUNCTION_NAMES.length - 1;

describe('the ledger', () => {
  it('the ledger is retained, has point-in-time recovery, and is encrypted with its own key', () => {
    expect(table('Ledger')).toMatchObject({
      retained: true,
      properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        BillingMode: 'PAY_PER_REQUEST',
      },
    });
    for (const secret of resources(template, 'AWS::SecretsManager::Secret'))
      expect(secret).toMatchObject({ retained: true, properties: { KmsKeyId: {} } });
  });

  it('the ledger has the keys, indexes, TTL and stream that the code uses', () => {
    const { TableName: _name, BillingMode: _mode, ...described } = createTable('ledger', LEDGER_TABLE);
    const { StreamSpecification, ...rest } = described;
    expect(table('Ledger')?.properties).toMatchObject({
      ...rest,
      StreamSpecification: { StreamViewType: StreamSpecification?.StreamViewType },
      TimeToLiveSpecification: { AttributeName: LEDGER_TABLE.timeToLive, Enabled: true },
    });
  });
});

describe('the table of orders', () => {
  it('the orders table is retained with point-in-time recovery, and its key is the order number', () => {
    expect(table('Orders')).toMatchObject({
      retained: true,
      properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
      },
    });
  });
});

describe('the retained resources', () => {
  it('retained resources keep their logical ids, so an upgrade never replaces them', () => {
    const ids = [
      'AWS::DynamoDB::Table',
      'AWS::KMS::Key',
      'AWS::SecretsManager::Secret',
      'AWS::Cognito::UserPool',
      'AWS::Cognito::UserPoolClient',
    ].flatMap((type) => resources(template, type).map(({ id }) => id));
    expect(ids).toEqual([
      'ServiceLedgerF43FC229',
      'ServiceOrdersC8ED1A1C',
      'ServiceLedgerKey924FB97D',
      'ServiceIamportSecretKeyD999C8A8',
      'ServiceIamportSecret96B58DA5',
      'ServiceStaffPool496574E4',
      'ServiceStaffPoolClientD6C9B99C',
    ]);
  });

  it('deletion protection is off by default with a hint at the command, and on with the setting', () => {
    const kept = [
      ['AWS::DynamoDB::Table', 'DeletionProtectionEnabled', true],
      ['AWS::Cognito::UserPool', 'DeletionProtection', 'ACTIVE'],
    ] as const;
    const stack = stackWith({ deletionProtection: true });
    const settled = Template.fromStack(stack);
    for (const [type, property, value] of kept) {
      for (const { properties } of resources(template, type)) expect(properties).not.toHaveProperty(property);
      for (const { properties } of resources(settled, type)) expect(properties[property]).toBe(value);
    }
    const warnings = (of: Stack) =>
      Annotations.fromStack(of).findWarning('*', Match.stringLikeRegexp('ProtectCommand'));
    expect(warnings(stackWith())).toHaveLength(1);
    expect(warnings(stack)).toEqual([]);
    expect(Object.keys(settled.findOutputs('*'))).not.toContain('ProtectCommand');
    template.hasOutput('ProtectCommand', {
      Value: {
        'Fn::Join': [
          '',
          [
            'aws dynamodb update-table --table-name ',
            { Ref: 'ServiceLedgerF43FC229' },
            ' --deletion-protection-enabled && aws dynamodb update-table --table-name ',
            { Ref: 'ServiceOrdersC8ED1A1C' },
            ' --deletion-protection-enabled',
          ],
        ],
      },
    });
  });
});

describe('the API', () => {
  it('every route except the webhook needs a token', () => {
    const routes = resources(template, 'AWS::ApiGatewayV2::Route').map(({ properties }) => [
      properties['RouteKey'],
      properties['AuthorizationType'],
    ]);
    expect(Object.fromEntries(routes)).toEqual({
      'POST /payments/cancel': 'JWT',
      'GET /payments/{merchant_uid}': 'JWT',
      'GET /payments': 'JWT',
      'GET /payments/{merchant_uid}/refunds/{refund_id}': 'JWT',
      'POST /payments/{merchant_uid}/refunds/{refund_id}/close': 'JWT',
      'GET /refunds': 'JWT',
      'GET /reconciliation': 'JWT',
      'POST /reconciliation/findings/{id}/acknowledge': 'JWT',
      'POST /webhooks/iamport': 'NONE',
    });
  });

  it('every route is throttled, the webhook most, and the access log has no personal data', () => {
    const [stage] = resources(template, 'AWS::ApiGatewayV2::Stage');
    const settings = stage?.properties['RouteSettings'] as Record<string, { ThrottlingRateLimit: number }>;
    expect(Object.keys(settings)).toEqual(ROUTE_KEYS);
    const rates = Object.values(settings).map(({ ThrottlingRateLimit }) => ThrottlingRateLimit);
    expect(settings['POST /webhooks/iamport']?.ThrottlingRateLimit).toBe(Math.min(...rates));
    // API Gateway refuses settings for a route that does not exist yet.
    const routes = resources(template, 'AWS::ApiGatewayV2::Route').map(({ id }) => id);
    expect(routes).toHaveLength(ROUTE_KEYS.length);
    expect(stage?.dependsOn).toEqual(expect.arrayContaining(routes));
    const format = JSON.stringify(stage?.properties['AccessLogSettings']);
    expect(format).toContain('$context.requestId');
    for (const personal of ['identity', 'sourceIp', 'userAgent', 'path', 'header', 'claims'])
      expect(format).not.toContain(personal);
  });

  it('CORS allows no page by default, and only the named origins with the setting', () => {
    expect(resources(template, 'AWS::ApiGatewayV2::Api')[0]?.properties).not.toHaveProperty(
      'CorsConfiguration',
    );
    const named = Template.fromStack(stackWith({ allowedOrigins: 'https://shop.example' }));
    named.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://shop.example'],
        ExposeHeaders: ['content-language', 'idempotency-replayed', 'link', 'location', 'retry-after'],
      },
    });
  });

  it('the gateway’s timeout is longer than the function’s, and the function’s is longer than all its waits', () => {
    const before = TOKEN_TIMEOUT_MS + MIN_CANCEL_TIMEOUT_MS + READ_BACK_TIMEOUT_MS + ANSWER_RESERVE_MS;
    expect(STAFF_WAIT_MS + before).toBeLessThan(REQUEST_TIMEOUT.toMilliseconds());
    expect(MAX_CANCEL_TIMEOUT_MS).toBeLessThan(REQUEST_TIMEOUT.toMilliseconds());
    expect(TOKEN_TIMEOUT_MS).toBeLessThan(SEND_WINDOW_MS);
    expect(ANSWER_LIMIT_MS).toBeLessThan(FORWARD_TIMEOUT.toMilliseconds());
    expect(LAST_MOMENT_MS).toBeLessThan(ANSWER_RESERVE_MS);
    expect(REQUEST_TIMEOUT.toMilliseconds()).toBeLessThan(INTEGRATION_TIMEOUT.toMilliseconds());
    expect(INTEGRATION_TIMEOUT.toMilliseconds()).toBeLessThan(30_000);
    expect(SEND_WINDOW_MS + MAX_CANCEL_TIMEOUT_MS).toBeLessThan(60_000);
    template.allResourcesProperties('AWS::ApiGatewayV2::Integration', {
      TimeoutInMillis: INTEGRATION_TIMEOUT.toMilliseconds(),
      PayloadFormatVersion: '2.0',
    });
  });
});

/** Variables that exist only with a deployer's setting. */
const UNLESS_DEFAULT: readonly string[] = [
  ENVIRONMENT.orderAttributes,
  ENVIRONMENT.iamportTier,
  ENVIRONMENT.pgsThatCancelLater,
  ENVIRONMENT.rulesOff,
  ENVIRONMENT.personClaim,
];

describe('a function', () => {
  const ours = () => resources(template, 'AWS::Lambda::Function');

  it('a function runs Node 24 on arm64 with tracing, a timeout and the environment that the code reads', () => {
    expect(ours()).toHaveLength(WITHOUT_FORWARDING);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
    });
    // The event functions have another environment (events.test.ts).
    const everywhere = Object.values(ENVIRONMENT).filter(
      (name) => !UNLESS_DEFAULT.includes(name) && !name.startsWith('EVENT'),
    );
    for (const { id, properties } of ours().filter((each) => !each.id.includes('Publish'))) {
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

  it('a function gets the deployer’s settings, and only the closing function gets the person claim', () => {
    const decided = {
      iamportTier: 'A1b',
      pgsThatCancelLater: 'paypal,kicc:wechat',
      rulesOff: 'bank_code',
      personClaim: 'email',
    };
    const told = resources(Template.fromStack(stackWith(decided)), 'AWS::Lambda::Function');
    for (const { id, properties } of told.filter((each) => !each.id.includes('Publish'))) {
      expect(properties['Environment']).toMatchObject({
        Variables: {
          IAMPORT_TIER: 'A1b',
          PGS_THAT_CANCEL_LATER: 'paypal,kicc:wechat',
          RULES_OFF: 'bank_code',
        },
      });
      expect(JSON.stringify(properties).includes('"PERSON_CLAIM":"email"'), id).toBe(id.includes('Close'));
    }
  });

  it('a function is called through its alias, and a new version is deployed by canary with rollback on alarm', () => {
    template.resourceCountIs('AWS::Lambda::Alias', WITHOUT_FORWARDING);
    template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', WITHOUT_FORWARDING);
    template.allResourcesProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
      AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(['DEPLOYMENT_STOP_ON_ALARM']) },
      AlarmConfiguration: { Enabled: true },
    });
    for (const { properties } of resources(template, 'AWS::ApiGatewayV2::Integration'))
      expect(JSON.stringify(properties['IntegrationUri'])).toMatch(/Live/);
  });

  it('a function’s logs are kept for three months and survive the stack', () => {
    for (const group of resources(template, 'AWS::Logs::LogGroup'))
      expect(group).toMatchObject({ retained: true, properties: { RetentionInDays: 90 } });
  });
});

describe('a schedule', () => {
  it('the schedules run the resolver every minute, and reconciliation every hour and every night in Korea', () => {
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

  it('a schedule depends on its role’s policy, and keeps failed runs in a queue', () => {
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

  it('two runs of the resolver never overlap', () => {
    expect(RESOLVER_TIMEOUT.toSeconds()).toBeLessThan(60);
  });
});

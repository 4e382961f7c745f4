import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
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
import { only, resources, stackWith, templateWith } from './support.ts';

/** With the defaults. */
const template = templateWith();

/** With settings that change one property each. */
const settled = stackWith({
  deletionProtection: true,
  alarmEmail: 'oncall@shop.example',
  allowedOrigins: 'https://shop.example',
  throttles: { 'POST /webhooks/iamport': { rate: 5, burst: 10 } },
  concurrency: { resolveRefunds: 1 },
  iamportTier: 'A1b',
  pgsThatCancelLater: 'paypal,kicc:wechat',
  rulesOff: 'bank_code',
  personClaim: 'email',
});
const settledTemplate = Template.fromStack(settled);

/** Without `eventsUrl` there is no forwarding function. */
const WITHOUT_FORWARDING = FUNCTION_NAMES.length - 1;

describe('the tables', () => {
  it('both tables are retained and have point-in-time recovery; the ledger has its own key', () => {
    for (const table of resources(template, 'DynamoDB::Table')) {
      expect(table).toMatchObject({
        retained: true,
        properties: {
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          BillingMode: 'PAY_PER_REQUEST',
        },
      });
    }
    expect(only(template, 'DynamoDB::Table', 'Ledger').properties).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
    expect(only(template, 'DynamoDB::Table', 'Orders').properties).toMatchObject({
      KeySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
    });
  });

  it('the ledger has the keys, indexes, TTL and stream that the code uses', () => {
    const { TableName: _name, StreamSpecification, ...described } = createTable('ledger', LEDGER_TABLE);
    expect(only(template, 'DynamoDB::Table', 'Ledger').properties).toMatchObject({
      ...described,
      StreamSpecification: { StreamViewType: StreamSpecification?.StreamViewType },
      TimeToLiveSpecification: { AttributeName: LEDGER_TABLE.timeToLive, Enabled: true },
    });
  });

  it('ledger and secret have separate keys, because readers of refunds may not read the secret', () => {
    const ledger = only(template, 'DynamoDB::Table', 'Ledger').properties['SSESpecification'];
    expect(JSON.stringify(ledger)).toContain('ServiceLedgerKey');
    const { KmsKeyId: secret } = only(template, 'SecretsManager::Secret').properties;
    expect(JSON.stringify(secret)).toContain('ServiceIamportSecretKey');
    expect(resources(template, 'KMS::Key')).toHaveLength(2);
    for (const key of resources(template, 'KMS::Key'))
      expect(key).toMatchObject({ retained: true, properties: { EnableKeyRotation: true } });
  });
});

describe('the retained resources', () => {
  it('retained resources keep their logical ids, so an upgrade never replaces them', () => {
    const types = [
      'DynamoDB::Table',
      'KMS::Key',
      'SecretsManager::Secret',
      'Cognito::UserPool',
      'Cognito::UserPoolClient',
    ];
    expect(types.flatMap((type) => resources(template, type).map(({ id }) => id))).toEqual([
      'ServiceLedgerF43FC229',
      'ServiceOrdersC8ED1A1C',
      'ServiceLedgerKey924FB97D',
      'ServiceIamportSecretKeyD999C8A8',
      'ServiceIamportSecret96B58DA5',
      'ServiceStaffPool496574E4',
      'ServiceStaffPoolClientD6C9B99C',
    ]);
    expect(only(template, 'SecretsManager::Secret').retained).toBe(true);
  });

  it.each([
    ['DynamoDB::Table', 'DeletionProtectionEnabled', true],
    ['Cognito::UserPool', 'DeletionProtection', 'ACTIVE'],
  ])('%s is protected from deletion only with the setting', (type, property, value) => {
    for (const { properties } of resources(template, type)) expect(properties).not.toHaveProperty(property);
    for (const { properties } of resources(settledTemplate, type)) expect(properties[property]).toBe(value);
  });

  it('synthesis warns of missing protection and of alarms that reach nobody', () => {
    for (const setting of ['deletionProtection', 'alarmEmail']) {
      const warnings = (stack: typeof settled) =>
        Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(setting));
      expect(warnings(stackWith()), setting).toHaveLength(1);
      expect(warnings(settled), setting).toEqual([]);
    }
  });
});

describe('the API', () => {
  it('every route except the webhook needs a token', () => {
    const routes = resources(template, 'ApiGatewayV2::Route').map(({ properties }) => [
      properties['RouteKey'],
      properties['AuthorizationType'],
    ]);
    const expected = ROUTE_KEYS.map((route) => [route, route === 'POST /webhooks/iamport' ? 'NONE' : 'JWT']);
    expect(Object.fromEntries(routes)).toEqual(Object.fromEntries(expected));
  });

  it('every route is throttled, the webhook most, and by the deployer’s setting', () => {
    const { properties, dependsOn } = only(template, 'ApiGatewayV2::Stage');
    const settings = properties['RouteSettings'] as Record<string, { ThrottlingRateLimit: number }>;
    expect(Object.keys(settings)).toEqual(ROUTE_KEYS);
    const rates = Object.values(settings).map(({ ThrottlingRateLimit }) => ThrottlingRateLimit);
    expect(settings['POST /webhooks/iamport']?.ThrottlingRateLimit).toBe(Math.min(...rates));
    // API Gateway refuses settings for a route that does not exist yet.
    const routes = resources(template, 'ApiGatewayV2::Route').map(({ id }) => id);
    expect(dependsOn).toEqual(expect.arrayContaining(routes));
    expect(only(settledTemplate, 'ApiGatewayV2::Stage').properties['RouteSettings']).toMatchObject({
      'POST /webhooks/iamport': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
      'POST /payments/cancel': { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 500 },
    });
  });

  it('the access log has no personal data, and its log group has a new name under /aws/vendedlogs', () => {
    const stage = only(template, 'ApiGatewayV2::Stage');
    const { Format } = v.parse(
      v.object({ Format: v.pipe(v.string(), v.parseJson()) }),
      stage.properties['AccessLogSettings'],
    );
    expect(Format).toEqual({
      service: 'RefundService/Service',
      requestId: '$context.requestId',
      time: '$context.requestTime',
      route: '$context.routeKey',
      status: '$context.status',
      latencyMs: '$context.responseLatency',
      integrationError: '$context.integrationErrorMessage',
      authorizerError: '$context.authorizer.error',
    });
    const name = only(template, 'Logs::LogGroup', 'AccessLog').properties['LogGroupName'];
    expect(JSON.stringify(name)).toMatch(/\/aws\/vendedlogs\/refunds\/.*AWS::StackId/);
  });

  it('CORS allows no page by default, and only the named origins with the setting', () => {
    expect(only(template, 'ApiGatewayV2::Api').properties).not.toHaveProperty('CorsConfiguration');
    expect(only(settledTemplate, 'ApiGatewayV2::Api').properties['CorsConfiguration']).toMatchObject({
      AllowOrigins: ['https://shop.example'],
      ExposeHeaders: ['content-language', 'idempotency-replayed', 'link', 'location', 'retry-after'],
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
    for (const { properties } of resources(template, 'ApiGatewayV2::Integration')) {
      expect(properties).toMatchObject({
        TimeoutInMillis: INTEGRATION_TIMEOUT.toMilliseconds(),
        PayloadFormatVersion: '2.0',
      });
      expect(JSON.stringify(properties['IntegrationUri'])).toContain('Live');
    }
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
  const timeoutOf = (id: string) => {
    if (id.includes('Resolve')) return RESOLVER_TIMEOUT;
    return id.includes('Reconcile') ? RECONCILIATION_TIMEOUT : REQUEST_TIMEOUT;
  };

  it('a function runs Node 24 on arm64 with tracing, a timeout and the environment that the code reads', () => {
    expect(resources(template, 'Lambda::Function')).toHaveLength(WITHOUT_FORWARDING);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { SERVICE_NAME: 'RefundService/Service' } },
    });
    // The event functions have another environment (events.test.ts).
    const everywhere = Object.values(ENVIRONMENT).filter(
      (name) => !UNLESS_DEFAULT.includes(name) && !name.startsWith('EVENT'),
    );
    for (const { id, properties } of resources(template, 'Lambda::Function')) {
      expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
      if (id.includes('Publish')) continue;
      const { Variables } = properties['Environment'] as { Variables: object };
      const expected = everywhere.filter(
        (name) => name !== ENVIRONMENT.webhookSourceAddresses || id.includes('Webhook'),
      );
      expect(Object.keys(Variables).toSorted()).toEqual(expected.toSorted());
      expect(properties['Timeout']).toBe(timeoutOf(id).toSeconds());
    }
  });

  it('a function gets the deployer’s settings, and only the closing function gets the person claim', () => {
    const all = resources(settledTemplate, 'Lambda::Function');
    for (const { id, properties } of all.filter((each) => !each.id.includes('Publish'))) {
      expect(properties['Environment']).toMatchObject({
        Variables: {
          IAMPORT_TIER: 'A1b',
          PGS_THAT_CANCEL_LATER: 'paypal,kicc:wechat',
          RULES_OFF: 'bank_code',
        },
      });
      expect(JSON.stringify(properties).includes('"PERSON_CLAIM":"email"'), id).toBe(id.includes('Close'));
    }
    const reserved = all.filter(({ properties }) => 'ReservedConcurrentExecutions' in properties);
    expect(reserved.map(({ id }) => id.slice(0, -8))).toEqual(['ServiceResolveRefundsFunction']);
  });

  it('all logs are kept for three months and survive the stack', () => {
    for (const group of resources(template, 'Logs::LogGroup'))
      expect(group).toMatchObject({ retained: true, properties: { RetentionInDays: 90 } });
  });
});

describe('a schedule', () => {
  it('the schedules run the resolver every minute, without an overlap, and reconciliation every hour and every night in Korea', () => {
    expect(RESOLVER_TIMEOUT.toSeconds()).toBeLessThan(60);
    const policies = resources(template, 'IAM::Policy').map(({ id }) => id);
    const schedules = resources(template, 'Scheduler::Schedule').map(({ properties, dependsOn }) => {
      const target = properties['Target'] as { Input: string; Arn: object };
      // Without its role's policy the first run would fail.
      expect(dependsOn.some((id) => policies.includes(id))).toBe(true);
      expect(target).toHaveProperty('DeadLetterConfig');
      const { ScheduleExpression: when, ScheduleExpressionTimezone: zone, State: state } = properties;
      return [/Service(\w+)Live/.exec(JSON.stringify(target.Arn))?.[1], when, zone, state, target.Input];
    });
    expect(schedules).toEqual([
      ['ResolveRefunds', 'rate(1 minute)', 'Etc/UTC', 'ENABLED', '{"source":"schedule"}'],
      ['ReconcilePayments', 'rate(1 hour)', 'Etc/UTC', 'ENABLED', '{"window":"recent"}'],
      ['ReconcilePayments', 'cron(10 3 * * ? *)', 'Asia/Seoul', 'ENABLED', '{"window":"full"}'],
    ]);
    template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 2);
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: {} },
    });
  });
});

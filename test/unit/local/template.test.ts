import { describe, expect, it } from 'vitest';
import { namedTables, type Plan, planService } from '../../../lib/lab/local/template/plan.ts';
import { readTemplate } from '../../../lib/lab/local/template/template.ts';
import { SAMPLE_TEMPLATE, templateWith } from './sample-template.ts';

function planOf(template: object): Plan {
  return planService(
    { template: readTemplate('Sample', template), assetDirectory: (key) => `/assembly/${key}` },
    'ap-northeast-2',
  );
}

const { Function: FUNCTION, Schedule: SCHEDULE, Integration: INTEGRATION } = SAMPLE_TEMPLATE.Resources;
const ARN = 'arn:aws:lambda:ap-northeast-2:000000000000:function:Sample-Function';

describe('the plan of a local run', () => {
  const plan = planOf(SAMPLE_TEMPLATE);

  it('the plan has the functions, with all references in their environment resolved', () => {
    expect(plan.functions).toEqual([
      {
        logicalId: 'Function',
        name: 'Sample-Function',
        arn: ARN,
        directory: '/assembly/bundle.zip',
        handler: 'index.handler',
        timeoutMs: 28_000,
        memoryMb: 512,
        reservedConcurrency: undefined,
        environment: {
          TABLE: 'Sample-Table',
          SECRET: 'arn:aws:secretsmanager:ap-northeast-2:000000000000:secret:Sample-Secret-local1',
          STACK: 'Sample/arn:aws:dynamodb:ap-northeast-2:000000000000:table/Sample-Table/${literal}',
          SECOND: 'b',
        },
      },
    ]);
  });

  it('the plan has the routes with authorizer, scopes and throttle, resolved through the alias', () => {
    expect(plan.api.routes).toEqual([
      {
        routeKey: 'POST /refund',
        functionId: 'Function',
        timeoutMs: 30_000,
        authorizer: {
          issuer: 'https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_Pool',
          audience: ['Client'],
          scopes: ['refund'],
        },
        throttle: { ratePerSecond: 50, burst: 100 },
      },
      {
        routeKey: 'POST /hook',
        functionId: 'Function',
        timeoutMs: 30_000,
        authorizer: undefined,
        throttle: { ratePerSecond: 5, burst: 10 },
      },
    ]);
  });

  it('the plan has the table, the secret and the schedule', () => {
    expect(plan.tables).toMatchObject([{ name: 'Sample-Table', indexes: [{ IndexName: 'by_imp_uid' }] }]);
    expect(plan.secrets).toMatchObject([{ name: 'Sample-Secret' }]);
    expect(plan.schedules).toEqual([
      {
        logicalId: 'Schedule',
        timing: { kind: 'rate', everyMs: 60_000 },
        functionId: 'Function',
        input: '{"a":1}',
        isEnabled: true,
      },
    ]);
  });

  it('the plan identifies the tables by the variables of the functions', () => {
    const told = { ORDERS_TABLE_NAME: { Ref: 'Orders' }, LEDGER_TABLE_NAME: { Ref: 'Table' } };
    const withEnvironment = (Variables: object): Plan =>
      planOf(
        templateWith({
          Orders: SAMPLE_TEMPLATE.Resources.Table,
          Function: { ...FUNCTION, Properties: { ...FUNCTION.Properties, Environment: { Variables } } },
        }),
      );
    const { orders, ledger } = namedTables(withEnvironment(told));
    expect([orders.name, ledger.name]).toEqual(['Sample-Orders', 'Sample-Table']);
    expect(() => namedTables(withEnvironment({ ...told, ORDERS_TABLE_NAME: 'of-another-stack' }))).toThrow(
      'ORDERS_TABLE_NAME',
    );
  });

  it("the plan uses Lambda's defaults where the template has no value", () => {
    const { Timeout: _, MemorySize: __, ...properties } = FUNCTION.Properties;
    const [first] = planOf(templateWith({ Function: { ...FUNCTION, Properties: properties } })).functions;
    expect(first).toMatchObject({ timeoutMs: 3000, memoryMb: 128 });
  });
});

describe('a template that cannot be run locally', () => {
  it('the error names every unsupported type and property', () => {
    const template = templateWith({
      Bucket: { Type: 'AWS::S3::Bucket' },
      Function: { ...FUNCTION, Properties: { ...FUNCTION.Properties, VpcConfig: {} } },
    });
    const read = (): unknown => readTemplate('Sample', template);
    expect(read).toThrow('Function: property VpcConfig of AWS::Lambda::Function');
    expect(read).toThrow('Bucket: type AWS::S3::Bucket');
  });

  it.each([
    ['AWS::CloudWatch::Alarm'],
    ['AWS::CodeDeploy::DeploymentGroup'],
    ['AWS::KMS::Key'],
    ['AWS::Logs::LogGroup'],
  ])('%s is ignored', (Type) => {
    expect(() => readTemplate('Sample', templateWith({ Other: { Type } }))).not.toThrow();
  });

  it.each([
    ['an unknown function', { 'Fn::ImportValue': 'x' }, 'does not know Fn::ImportValue'],
    ['an unknown name', { Ref: 'Nowhere' }, 'Nowhere: nothing in Sample has this name'],
    ['an unknown attribute', { 'Fn::GetAtt': ['Table', 'TableId'] }, 'no TableId of Table'],
  ])('a reference with %s is refused', (_, value, message) => {
    const Environment = { Variables: { VALUE: value } };
    const template = templateWith({
      Function: { ...FUNCTION, Properties: { ...FUNCTION.Properties, Environment } },
    });
    expect(() => planOf(template)).toThrow(message);
  });

  it.each([
    [
      'a calendar',
      {
        Schedule: {
          ...SCHEDULE,
          Properties: { ...SCHEDULE.Properties, ScheduleExpression: 'cron(0 9 ? * MON *)' },
        },
      },
      'plays rate(…)',
    ],
    [
      'payload 1.0',
      {
        Integration: {
          ...INTEGRATION,
          Properties: { ...INTEGRATION.Properties, PayloadFormatVersion: '1.0' },
        },
      },
      'payload 2.0',
    ],
    [
      'another runtime',
      { Function: { ...FUNCTION, Properties: { ...FUNCTION.Properties, Runtime: 'python3.14' } } },
      'plays Node.js',
    ],
    ['a second API', { Second: SAMPLE_TEMPLATE.Resources.Api }, 'exactly one AWS::ApiGatewayV2::Api'],
  ])('a template with %s is refused', (_, resources, message) => {
    expect(() => planOf(templateWith(resources))).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import {
  functionEnvironment,
  quietPeriodSecondsOf,
} from '../../../lib/lab/local/lambda/function-environment.ts';
import { readable } from '../../../lib/lab/local/lambda/functions.ts';

const PLAN = {
  logicalId: 'Function',
  name: 'Sample-Function',
  arn: 'arn',
  directory: '/bundle',
  handler: 'index.handler',
  timeoutMs: 1000,
  memoryMb: 512,
  reservedConcurrency: undefined,
  environment: {},
};
const OVERLAY = {
  region: 'ap-northeast-2',
  dynamoDbUrl: 'http://127.0.0.1:1',
  secretsManagerUrl: 'http://127.0.0.1:2',
  iamportUrl: 'http://127.0.0.1:3',
  eventBusUrl: 'http://127.0.0.1:4',
  eventsUrl: 'http://127.0.0.1:5/events',
  quietPeriodSeconds: 2,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

describe('the environment of a function', () => {
  it("a function gets the template's environment with the addresses of this machine", () => {
    const environment = {
      LEDGER_TABLE_NAME: 'table',
      IAMPORT_API_URL: 'https://api.iamport.kr',
      QUIET_PERIOD_SECONDS: '180',
      WEBHOOK_SOURCE_ADDRESSES: '52.78.100.19,52.78.48.223',
      EVENTS_URL: 'https://shop.example/events',
    };
    expect(functionEnvironment({ ...PLAN, environment }, OVERLAY)).toMatchObject({
      LEDGER_TABLE_NAME: 'table',
      IAMPORT_API_URL: 'http://127.0.0.1:3',
      QUIET_PERIOD_SECONDS: '2',
      WEBHOOK_SOURCE_ADDRESSES: '52.78.100.19,52.78.48.223,127.0.0.1',
      EVENTS_URL: 'http://127.0.0.1:5/events',
      AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://127.0.0.1:4',
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:2',
      AWS_REGION: 'ap-northeast-2',
      AWS_LAMBDA_FUNCTION_NAME: 'Sample-Function',
    });
  });

  it('a variable missing in the template is also missing here', () => {
    const given = functionEnvironment(PLAN, OVERLAY);
    for (const name of ['IAMPORT_API_URL', 'QUIET_PERIOD_SECONDS', 'WEBHOOK_SOURCE_ADDRESSES']) {
      expect(given).not.toHaveProperty(name);
    }
  });

  it("a variable without a local setting keeps the template's value", () => {
    const environment = { QUIET_PERIOD_SECONDS: '180' };
    const given = functionEnvironment(
      { ...PLAN, environment },
      { ...OVERLAY, quietPeriodSeconds: undefined },
    );
    expect(given).toMatchObject({ QUIET_PERIOD_SECONDS: '180' });
  });

  it('the reported quiet period is the setting, else the value of the template, else none', () => {
    const told = { ...PLAN, environment: { QUIET_PERIOD_SECONDS: '240' } };
    expect(quietPeriodSecondsOf([PLAN, told], 2)).toBe(2);
    expect(quietPeriodSecondsOf([PLAN, told], undefined)).toBe(240);
    expect(quietPeriodSecondsOf([PLAN], 2)).toBeUndefined();
  });
});

it.each([
  [
    '{"level":"INFO","event":"cancelled","merchantUid":"order-1","amount":1000,"_aws":{"Metrics":[]}}',
    'Cancel INFO cancelled merchantUid=order-1 amount=1000',
  ],
  ['plain words', 'Cancel plain words'],
  ['{ not JSON', 'Cancel { not JSON'],
  [
    String.raw`{"level":"INFO","message":"\u001b[2J\u202e\nx"}`,
    String.raw`Cancel INFO \u001b[2J\u202e\u000ax`,
  ],
])('the log line %s is shortened for the terminal', (line, short) => {
  expect(readable('Cancel', line)).toBe(short);
});

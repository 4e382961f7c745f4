import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpEvent } from '../../functions/http/http-handler.ts';
import { LEDGER_TABLE } from '../../functions/ledger/keys.ts';
import type { Surroundings } from '../../functions/protocol/ports.ts';
import { startDynamoDb } from '../../lib/lab/local/dynamodb/dynamodb.ts';
import { startIamportSimulator, type IamportSimulator } from '../../lib/lab/simulator/simulator.ts';
import { allowedBy, templateWith } from '../infra/support.ts';
import { createTable } from '../support/emulated-ledger.ts';

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const IAMPORT = { impKey: 'key-1', impSecret: 'secret-1' };

/** The requested permission in IAM's words: `dynamodb:Query ledger/index/by_request`. */
const calls: string[] = [];

const Written = v.object({ TableName: v.string() });
const Asked = v.looseObject({
  TableName: v.optional(v.string()),
  IndexName: v.optional(v.string()),
  TransactItems: v.optional(v.array(v.record(v.string(), Written)), []),
});

/** In a transaction each write needs the permission of the single write. */
const IN_TRANSACTION: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

function callsIn(target: string, body: string): readonly string[] {
  const operation = target.replace(/^.*\./, '');
  if (target.startsWith('secretsmanager')) return [`secretsmanager:${operation}`];
  const { TableName: table = '', IndexName: index, TransactItems: items } = v.parse(Asked, JSON.parse(body));
  if (operation !== 'TransactWriteItems')
    return [`dynamodb:${operation} ${table}${index === undefined ? '' : `/index/${index}`}`];
  return items.flatMap((item) =>
    Object.entries(item).map(
      ([kind, { TableName }]) => `dynamodb:${IN_TRANSACTION[kind] ?? kind} ${TableName}`,
    ),
  );
}

/** A stand-in for AWS: records every call, forwards those to DynamoDB, and answers for Secrets Manager. */
async function startAws(dynamoDbUrl: string) {
  const { host } = new URL(dynamoDbUrl);
  const secret = JSON.stringify({ imp_key: IAMPORT.impKey, imp_secret: IAMPORT.impSecret });
  const pass = (headers: IncomingHttpHeaders, body: string, answer: (status: number, text: string) => void) =>
    httpRequest(dynamoDbUrl, { method: 'POST', headers: { ...headers, host } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => answer(response.statusCode ?? 0, Buffer.concat(chunks).toString()));
    }).end(body);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const target = String(request.headers['x-amz-target']);
      calls.push(...callsIn(target, body));
      if (target.startsWith('secretsmanager')) {
        response.end(JSON.stringify({ Name: 'iamport', SecretString: secret }));
        return;
      }
      pass(request.headers, body, (status, text) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bug: no port');
  return { url: `http://127.0.0.1:${address.port}`, end: () => server.close() };
}

async function startAll() {
  const dynamoDb = await startDynamoDb({
    directory: undefined,
    region: 'ap-northeast-2',
    onFault: (error) => expect.unreachable(String(error)),
  });
  const aws = await startAws(dynamoDb.url);
  const simulator = await startIamportSimulator(IAMPORT);
  const tables = new DynamoDBClient({
    endpoint: dynamoDb.url,
    region: 'ap-northeast-2',
    credentials: CREDENTIALS,
  });
  await tables.send(new CreateTableCommand(createTable('ledger', LEDGER_TABLE)));
  await tables.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'merchant_uid', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
    }),
  );
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: aws.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
    AWS_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    ORDERS_TABLE_NAME: 'orders',
    LEDGER_TABLE_NAME: 'ledger',
    IAMPORT_SECRET_ID: 'iamport',
    IAMPORT_API_URL: simulator.url,
    QUIET_PERIOD_SECONDS: '60',
    IMPORT_UNKNOWN_PAYMENTS: 'true',
  });
  // Entries read their environment when they are loaded, as in Lambda.
  const doors = {
    ...(await import('../../functions/cancel-payment.ts')),
    ...(await import('../../functions/get-payment.ts')),
    ...(await import('../../functions/get-refund.ts')),
    ...(await import('../../functions/close-refund.ts')),
    ...(await import('../../functions/list-refunds.ts')),
    ...(await import('../../functions/get-reconciliation.ts')),
    ...(await import('../../functions/acknowledge-finding.ts')),
    ...(await import('../../functions/receive-webhook.ts')),
    ...(await import('../../functions/resolve-refunds.ts')),
    ...(await import('../../functions/reconcile-payments.ts')),
    ...(await import('../../functions/publish-refunds.ts')),
  };
  const { live } = await import('../../functions/runtime/live.ts');
  const { leaseOn } = await import('../../functions/ledger/service-items.ts');
  return {
    doors,
    simulator,
    tables,
    /** A cold start with empty caches. `laterMs` moves its clock ahead, so that open refunds are due. */
    cold(laterMs = 0) {
      const { world, table } = live();
      const later: Surroundings = { ...world, now: () => Date.now() + laterMs };
      return { world: later, lease: leaseOn(table, 'resolver') };
    },
    async end() {
      tables.destroy();
      aws.end();
      await simulator.end();
      await dynamoDb.end();
    },
  };
}

let all: Awaited<ReturnType<typeof startAll>>;
let simulator: IamportSimulator;
let template: Template;
beforeAll(async () => {
  all = await startAll();
  ({ simulator } = all);
  template = templateWith();
});
afterAll(async () => all.end());

/** The permissions for services that the code calls itself; keys, logs and traces are used on its behalf by other services. */
function allowed(name: string): readonly string[] {
  const own = allowedBy(template, `Service${name}Role`).flatMap(({ actions, resource }) => {
    const table = /Service(Ledger|Orders)[0-9A-F]{8}/.exec(resource)?.[1]?.toLowerCase() ?? '';
    const indexes = [...resource.matchAll(/\/index\/\w+/g)].map(([index]) => index);
    const places = indexes.length === 0 ? [''] : indexes;
    return actions.flatMap((action) => {
      if (action.startsWith('secretsmanager:')) return [action];
      return action.startsWith('dynamodb:') ? places.map((place) => `${action} ${table}${place}`) : [];
    });
  });
  return [...new Set(own)].toSorted();
}

/** What a function requested on all its paths, from a cold start. */
async function used(paths: () => Promise<unknown>): Promise<readonly string[]> {
  calls.length = 0;
  await paths();
  return [...new Set(calls)].toSorted();
}

const A_MINUTE_MS = 60_000;
const soon = (laterMs = 0) => Date.now() + laterMs + 28_000;
const STAFF = { 'cognito:groups': 'refund-staff', token_use: 'access', username: 'staff' };

interface Request {
  readonly body?: unknown;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, string>>;
}

function eventOf({ body, path = {}, query = {}, claims = {} }: Request): HttpEvent {
  const event = {
    routeKey: 'test',
    headers: {},
    pathParameters: path,
    queryStringParameters: query,
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      http: { sourceIp: '52.78.100.19' },
      authorizer: { jwt: { claims: { sub: 'customer', ...claims }, scopes: null } },
    },
  };
  return event as unknown as HttpEvent;
}

/** An order whose payment i'mport knows and the ledger lacks. */
async function order(name: string): Promise<void> {
  simulator.addPayment({ imp_uid: `imp_${name}`, merchant_uid: name, amount: 10_000 });
  const Item = { merchant_uid: { S: name }, customer_id: { S: 'customer' } };
  await all.tables.send(new PutItemCommand({ TableName: 'orders', Item }));
}

async function cancel(name: string, amount: number, { world } = all.cold()): Promise<number> {
  const body = { merchant_uid: name, cancel_request_amount: amount };
  const { statusCode = 0 } = await all.doors.handleCancel(eventOf({ body }), soon(), world);
  return statusCode;
}

const Refund = v.pipe(v.string(), v.parseJson(), v.object({ refund: v.object({ refund_id: v.string() }) }));

/** Executed at i'mport with a lost answer. Returns the refund's id. */
async function inDoubt(name: string): Promise<string> {
  await order(name);
  simulator.script({ on: 'cancel', fault: 'answer_lost', imp_uid: `imp_${name}` });
  const body = { merchant_uid: name, cancel_request_amount: 100 };
  const { statusCode, body: told } = await all.doors.handleCancel(
    eventOf({ body }),
    soon(),
    all.cold().world,
  );
  expect(statusCode).toBe(202);
  return v.parse(Refund, told).refund.refund_id;
}

describe('each function has exactly the permissions that it uses', () => {
  it('POST /payments/cancel', async () => {
    await order('allow-cancel');
    const asked = await used(async () => {
      // A second, different request, then the first again: the newest refunds are searched for it.
      expect(await cancel('allow-cancel', 100)).toBe(200);
      expect(await cancel('allow-cancel', 200)).toBe(200);
      expect(await cancel('allow-cancel', 100)).toBe(409);
      expect(await cancel('nobody-knows', 100)).toBe(404);
    });
    expect(asked).toEqual(allowed('CancelPayment'));
  });

  it('GET /payments/{merchant_uid}', async () => {
    await inDoubt('allow-get');
    const event = eventOf({ path: { merchant_uid: 'allow-get' } });
    const { world } = all.cold(A_MINUTE_MS);
    const asked = await used(async () => all.doors.handleGet(event, soon(A_MINUTE_MS), world));
    expect(asked).toEqual(allowed('GetPayment'));
  });

  it('GET /payments/{merchant_uid}/refunds/{refund_id}', async () => {
    const refundId = await inDoubt('allow-refund');
    const event = eventOf({ path: { merchant_uid: 'allow-refund', refund_id: refundId } });
    const { world } = all.cold(A_MINUTE_MS);
    const asked = await used(async () => all.doors.handleGetRefund(event, soon(A_MINUTE_MS), world));
    expect(asked).toEqual(allowed('GetRefund'));
  });

  it('POST /payments/{merchant_uid}/refunds/{refund_id}/close', async () => {
    const refundId = await inDoubt('allow-close');
    const path = { merchant_uid: 'allow-close', refund_id: refundId };
    const body = { verdict: 'not_executed', evidence: 'the PG says no' };
    // A listed entry with our tag settles the refund, whatever the closing says.
    const event = eventOf({ path, body, claims: { sub: 'staff', ...STAFF } });
    const asked = await used(async () => all.doors.handleClose(event, soon(), all.cold().world));
    expect(asked).toEqual(allowed('CloseRefund'));
  });

  it('GET /refunds', async () => {
    const refundId = await inDoubt('allow-list');
    const asked = await used(async () => {
      const queries: readonly Readonly<Record<string, string>>[] = [
        {},
        { status: 'open' },
        { refund_id: refundId },
        { reference: 'R-1' },
        { merchant_uid: 'allow-list' },
      ];
      for (const query of queries) {
        const event = eventOf({ query, claims: { sub: 'staff', ...STAFF } });
        expect((await all.doors.handleList(event, all.cold().world)).statusCode).toBe(200);
      }
    });
    expect(asked).toEqual(allowed('ListRefunds'));
  });

  it('POST /webhooks/iamport', async () => {
    await order('allow-webhook');
    await inDoubt('allow-webhook-doubt');
    const hear = async (name: string) => {
      const options = { sourceAddresses: new Set(['52.78.100.19']), world: all.cold().world };
      const event = eventOf({ body: { imp_uid: `imp_${name}` } });
      expect((await all.doors.handleWebhook(event, soon(), options)).statusCode).toBe(200);
    };
    const asked = await used(async () => {
      await hear('allow-webhook');
      await hear('allow-webhook-doubt');
    });
    expect(asked).toEqual(allowed('ReceiveWebhook'));
  });

  it('the resolver', async () => {
    await inDoubt('allow-resolve');
    const surroundings = all.cold(A_MINUTE_MS);
    const asked = await used(async () =>
      all.doors.handleSchedule({ source: 'schedule' }, soon(A_MINUTE_MS), surroundings),
    );
    expect(asked).toEqual(allowed('ResolveRefunds'));
  });

  it('reconciliation', async () => {
    await order('allow-import');
    await inDoubt('allow-book');
    const { world } = all.cold();
    const asked = await used(async () => {
      const run = await all.doors.handleReconcile({ window: 'recent' }, Date.now() + 10 * A_MINUTE_MS, world);
      expect(run.failed).toBeUndefined();
    });
    expect(asked).toEqual(allowed('ReconcilePayments'));
  });

  it("sending events again; Lambda itself reads the stream with the function's role", async () => {
    await order('allow-events');
    expect(await cancel('allow-events', 100)).toBe(200);
    const { world } = all.cold();
    const put = async () => Promise.resolve(new Map());
    const seconds = Math.floor(Date.now() / 1000);
    const period = { fromSeconds: seconds - 60, toSeconds: seconds + 60 };
    const asked = await used(async () => {
      const keep = async () => Promise.reject(new Error('all are taken'));
      const again = await all.doors.handleAgain(period, soon(A_MINUTE_MS), { ...world, put, keep });
      expect(again.sent).toBeGreaterThan(0);
    });
    const byLambda = /Stream|GetRecords|GetShardIterator/;
    expect(asked).toEqual(allowed('PublishRefunds').filter((action) => !byLambda.test(action)));
  });

  it('GET /reconciliation, and acknowledging a finding', async () => {
    await order('allow-differs');
    const Item = { merchant_uid: { S: 'allow-differs' }, amount: { N: '9000' } };
    await all.tables.send(new PutItemCommand({ TableName: 'orders', Item }));
    const { world } = all.cold();
    await all.doors.handleReconcile({ window: 'recent' }, Date.now() + 10 * A_MINUTE_MS, world);
    const claims = { sub: 'staff', ...STAFF };
    let told: string | undefined;
    const read = await used(async () => {
      told = (await all.doors.handleReports(eventOf({ claims }), world)).body;
    });
    expect(read).toEqual(allowed('GetReconciliation'));
    const [, id = ''] = /"id":"(fd_[^"]+)","kind":"amountDiffers"/.exec(told ?? '') ?? [];
    const event = eventOf({ path: { id }, body: { note: 'a coupon' }, claims });
    const asked = await used(async () => {
      expect((await all.doors.handleAcknowledge(event, world)).statusCode).toBe(200);
    });
    expect(asked).toEqual(allowed('AcknowledgeFinding'));
  });
});

describe('a full cancel of a payment in the ledger', () => {
  it('a full cancel reads the order twice and the payments once, and makes two transactions of two writes each', async () => {
    await order('cheap');
    const warm = all.cold();
    expect(await cancel('cheap', 100, warm)).toBe(200);
    calls.length = 0;
    expect(await cancel('cheap', 9_900, warm)).toBe(200);
    expect(calls.toSorted()).toEqual([
      'dynamodb:GetItem orders',
      'dynamodb:GetItem orders',
      'dynamodb:PutItem ledger',
      'dynamodb:PutItem ledger',
      // After another request within the last minute the newest refunds are searched for this one.
      'dynamodb:Query ledger',
      'dynamodb:Query ledger/index/by_request',
      'dynamodb:UpdateItem ledger',
      'dynamodb:UpdateItem ledger',
    ]);
  });
});

import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, expect, describe, it } from 'vitest';
import { IAMPORTS, startService, webhookEvent, type Service } from '../support/service.ts';
import { eventOf as requestOf, type Asked } from '../unit/http/samples.ts';
import { allowedBy, stackWith } from '../infra/support.ts';

type Doors = Awaited<ReturnType<typeof importDoors>>;

/** Entries read their environment when they are loaded, as in Lambda. */
async function importDoors() {
  return {
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
}

let service: Service;
let doors: Doors;
let template: Template;
beforeAll(async () => {
  // First: meanwhile nothing is read, so open connections would be given up.
  template = Template.fromStack(stackWith());
  service = await startService({ IMPORT_UNKNOWN_PAYMENTS: 'true' });
  doors = await importDoors();
});
afterAll(async () => service.end());

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
  service.permissions.length = 0;
  await paths();
  return [...new Set(service.permissions)].toSorted();
}

const A_MINUTE_MS = 60_000;
const soon = (laterMs = 0) => Date.now() + laterMs + 28_000;
const STAFF = { sub: 'staff', 'cognito:groups': 'refund-staff', token_use: 'access', username: 'staff' };

type Request = Omit<Asked, 'body' | 'claims'> & { readonly body?: object; readonly isStaff?: boolean };

function eventOf({ body, isStaff = false, ...request }: Request) {
  const claims = isStaff ? STAFF : { sub: 'customer' };
  return requestOf({ ...request, claims, ...(body && { body: JSON.stringify(body) }) });
}

/** An order whose payment i'mport knows and the ledger lacks. */
async function order(name: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
  service.simulator.addPayment({ imp_uid: `imp_${name}`, merchant_uid: name, amount: 10_000 });
  await service.putOrder(name, fields);
}

async function cancel(name: string, amount: number) {
  const event = eventOf({ body: { merchant_uid: name, cancel_request_amount: amount } });
  return doors.handleCancel(event, soon(), service.cold().world);
}

/** Executed at i'mport with a lost answer. Returns the refund's id. */
async function inDoubt(name: string): Promise<string> {
  await order(name);
  service.simulator.script({ on: 'cancel', fault: 'answer_lost', imp_uid: `imp_${name}` });
  const { statusCode, body = '' } = await cancel(name, 100);
  expect(statusCode).toBe(202);
  return (JSON.parse(body) as { refund: { refund_id: string } }).refund.refund_id;
}

describe('each function has exactly the permissions that it uses', () => {
  it('POST /payments/cancel', async () => {
    await order('allow-cancel');
    const asked = await used(async () => {
      // A second, different request, then the first again: the newest refunds are searched for it.
      expect((await cancel('allow-cancel', 100)).statusCode).toBe(200);
      expect((await cancel('allow-cancel', 200)).statusCode).toBe(200);
      expect((await cancel('allow-cancel', 100)).statusCode).toBe(409);
      expect((await cancel('nobody-knows', 100)).statusCode).toBe(404);
    });
    expect(asked).toEqual(allowed('CancelPayment'));
  });

  it('GET /payments/{merchant_uid}', async () => {
    await inDoubt('allow-get');
    const event = eventOf({ path: { merchant_uid: 'allow-get' } });
    const { world } = service.cold(A_MINUTE_MS);
    const asked = await used(async () => doors.handleGet(event, soon(A_MINUTE_MS), world));
    expect(asked).toEqual(allowed('GetPayment'));
  });

  it('GET /payments/{merchant_uid}/refunds/{refund_id}', async () => {
    const refundId = await inDoubt('allow-refund');
    const event = eventOf({ path: { merchant_uid: 'allow-refund', refund_id: refundId } });
    const { world } = service.cold(A_MINUTE_MS);
    const asked = await used(async () => doors.handleGetRefund(event, soon(A_MINUTE_MS), world));
    expect(asked).toEqual(allowed('GetRefund'));
  });

  it('POST /payments/{merchant_uid}/refunds/{refund_id}/close', async () => {
    const refundId = await inDoubt('allow-close');
    const path = { merchant_uid: 'allow-close', refund_id: refundId };
    const body = { verdict: 'not_executed', evidence: 'the PG says no' };
    // A listed entry with our tag settles the refund, whatever the closing says.
    const event = eventOf({ path, body, isStaff: true });
    const asked = await used(async () => doors.handleClose(event, soon(), service.cold().world));
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
        const event = eventOf({ query, isStaff: true });
        expect((await doors.handleList(event, soon(), service.cold().world)).statusCode).toBe(200);
      }
    });
    expect(asked).toEqual(allowed('ListRefunds'));
  });

  it('POST /webhooks/iamport', async () => {
    await order('allow-webhook');
    await inDoubt('allow-webhook-doubt');
    const hear = async (name: string) => {
      const options = { sourceAddresses: IAMPORTS, world: service.cold().world };
      expect((await doors.handleWebhook(webhookEvent(name), soon(), options)).statusCode).toBe(200);
    };
    const asked = await used(async () => {
      await hear('allow-webhook');
      await hear('allow-webhook-doubt');
    });
    expect(asked).toEqual(allowed('ReceiveWebhook'));
  });

  it('the resolver', async () => {
    await inDoubt('allow-resolve');
    const surroundings = service.cold(A_MINUTE_MS);
    const asked = await used(async () =>
      doors.handleSchedule({ source: 'schedule' }, soon(A_MINUTE_MS), surroundings),
    );
    expect(asked).toEqual(allowed('ResolveRefunds'));
  });

  it('reconciliation', async () => {
    await order('allow-import');
    await inDoubt('allow-book');
    const { world } = service.cold();
    const asked = await used(async () => {
      const run = await doors.handleReconcile({ window: 'recent' }, Date.now() + 10 * A_MINUTE_MS, world);
      expect(run.failed).toBeUndefined();
    });
    expect(asked).toEqual(allowed('ReconcilePayments'));
  });

  it("sending events again; Lambda itself reads the stream with the function's role", async () => {
    await order('allow-events');
    expect((await cancel('allow-events', 100)).statusCode).toBe(200);
    const { world } = service.cold();
    const put = async () => Promise.resolve(new Map());
    const seconds = Math.floor(Date.now() / 1000);
    const period = { fromSeconds: seconds - 60, toSeconds: seconds + 60 };
    const asked = await used(async () => {
      const keep = async () => Promise.reject(new Error('all are taken'));
      const again = await doors.handleResend(period, soon(A_MINUTE_MS), { ...world, put, keep });
      expect(again.sent).toBeGreaterThan(0);
    });
    const byLambda = /Stream|GetRecords|GetShardIterator/;
    expect(asked).toEqual(allowed('PublishRefunds').filter((action) => !byLambda.test(action)));
  });

  it('GET /reconciliation, and acknowledging a finding', async () => {
    await order('allow-differs', { amount: 9_000 });
    const { world } = service.cold();
    await doors.handleReconcile({ window: 'recent' }, Date.now() + 10 * A_MINUTE_MS, world);
    let told: string | undefined;
    const read = await used(async () => {
      told = (await doors.handleReports(eventOf({ isStaff: true }), soon(), world)).body;
    });
    expect(read).toEqual(allowed('GetReconciliation'));
    const [, id = ''] = /"id":"(fd_[^"]+)","kind":"amountDiffers"/.exec(told ?? '') ?? [];
    const event = eventOf({ path: { id }, body: { note: 'a coupon' }, isStaff: true });
    const asked = await used(async () => {
      expect((await doors.handleAcknowledge(event, soon(), world)).statusCode).toBe(200);
    });
    expect(asked).toEqual(allowed('AcknowledgeFinding'));
  });
});

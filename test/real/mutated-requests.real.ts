import fc from 'fast-check';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HttpEvent } from '../../functions/http/http-handler.ts';
import { startService, type Service } from '../support/service.ts';
import { mutatedRequest, type MutatedDoor, type MutatedRequest } from './support/mutated-events.ts';

/** 5,000 requests take a minute; MUTATED_REQUESTS=50000 is the long form, and MUTATED_SEED changes the requests. */
const REQUESTS = Number(process.env['MUTATED_REQUESTS'] ?? 5_000);
const SEED = Number(process.env['MUTATED_SEED'] ?? 20_260_115);
/** The number of concurrent requests. */
const AT_ONCE = 10;
const ORDERS = 300;
/** A hundredth of a second for each request, on a busy machine. */
const LIMIT_MS = 120_000 + REQUESTS * 60;

type Handler = (event: HttpEvent, context: Context) => Promise<object>;

let service: Service;
let handlers: Readonly<Record<MutatedDoor, Handler>>;
beforeAll(async () => {
  service = await startService();
  handlers = {
    cancelPayment: (await import('../../functions/cancel-payment.ts')).handler,
    getPayment: (await import('../../functions/get-payment.ts')).handler,
    getRefund: (await import('../../functions/get-refund.ts')).handler,
    closeRefund: (await import('../../functions/close-refund.ts')).handler,
    listRefunds: (await import('../../functions/list-refunds.ts')).handler,
    getReconciliation: (await import('../../functions/get-reconciliation.ts')).handler,
    acknowledgeFinding: (await import('../../functions/acknowledge-finding.ts')).handler,
    receiveWebhook: (await import('../../functions/receive-webhook.ts')).handler,
  };
  for (let index = 0; index < ORDERS; index += 1) {
    const method = index % 5 === 0 ? { pay_method: 'vbank' } : {};
    await service.order(`order-${index}`, { amount: 1_000_000, ...method });
  }
});
afterAll(async () => service.end());

const Result = v.object({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.pipe(v.string(), v.parseJson()),
});

const asked = new Map<number, number>();

async function statusOf({ door, event }: MutatedRequest): Promise<number> {
  const context = { awsRequestId: 'mutated', getRemainingTimeInMillis: () => 28_000 };
  const answer = await handlers[door](event as HttpEvent, context as Context);
  const { statusCode } = v.parse(Result, answer);
  asked.set(statusCode, (asked.get(statusCode) ?? 0) + 1);
  return statusCode;
}

it(
  `of ${REQUESTS} mutated requests none is answered with a 5xx, or not at all`,
  async () => {
    const together = fc.array(mutatedRequest(ORDERS), { minLength: AT_ONCE, maxLength: AT_ONCE });
    const property = fc.asyncProperty(together, async (requests) => {
      const statuses = await Promise.all(requests.map(statusOf));
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
    });
    await fc.assert(property, { numRuns: Math.ceil(REQUESTS / AT_ONCE), seed: SEED });
    // Not all requests were refused by the first check.
    expect(asked.get(200) ?? 0).toBeGreaterThan(REQUESTS / 50);
    expect(asked.get(400) ?? 0).toBeGreaterThan(REQUESTS / 50);
    expect(asked.get(404) ?? 0).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

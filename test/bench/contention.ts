import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreError } from '../../functions/protocol/write.ts';
import { startService, type Service } from '../support/service.ts';
import { digits } from './stats.ts';

const AT_ONCE = [1, 10, 200, 500];

const requests = new AsyncLocalStorage<{ sawInFlight: boolean }>();

/** Refunds that come at once, on one payment and on as many; table, provider and service share this one process. */
export async function benchContention(): Promise<readonly string[]> {
  const service = await startService();
  const { gateway, ledger } = service.world;
  /** `needless`: looks by requests whose last read had shown another refund in flight. */
  const counted = { cancels: 0, looks: 0, needless: 0 };
  const cancel = gateway.cancel.bind(gateway);
  gateway.cancel = async (call) => {
    const outcome = await cancel(call);
    // Nothing was sent if the time for sending was over.
    if (outcome.kind !== 'not_sent') counted.cancels += 1;
    return outcome;
  };
  const look = gateway.payment.bind(gateway);
  gateway.payment = async (...which) => {
    counted.looks += 1;
    if (requests.getStore()?.sawInFlight === true) counted.needless += 1;
    return look(...which);
  };
  const read = ledger.payments.bind(ledger);
  ledger.payments = async (merchantUid) => {
    const payments = await read(merchantUid);
    const request = requests.getStore();
    if (request !== undefined) request.sawInFlight = payments.some(({ inFlight }) => inFlight !== undefined);
    return payments;
  };
  const lines: string[] = [];
  for (const atOnce of AT_ONCE) {
    for (const orders of new Set([1, atOnce])) {
      Object.assign(counted, { cancels: 0, looks: 0, needless: 0 });
      const told = await refundsAtOnce(service, atOnce, orders);
      const { cancels, looks, needless } = counted;
      lines.push(`${told}; ${cancels} cancels sent; ${looks} looks, ${needless} of them needless`);
    }
  }
  await service.end();
  return lines;
}

async function refundsAtOnce(service: Service, atOnce: number, orders: number): Promise<string> {
  const nameOf = (index: number): string => `at-once-${atOnce}-${orders}-${index % orders}`;
  for (let order = 0; order < orders; order += 1) {
    await service.order(nameOf(order), { amount: 1_000_000 });
  }
  const fromMs = performance.now();
  const told = await Promise.all(
    Array.from({ length: atOnce }, async (_, index) =>
      requests
        .run({ sawInFlight: false }, async () =>
          service.cancel({ merchant_uid: nameOf(index), cancel_request_amount: 100 }, { key: `k${index}` }),
        )
        .then(({ status }) => status)
        // As the handler answers.
        .catch((error: unknown) => (error instanceof StoreError ? 503 : 500)),
    ),
  );
  const ms = performance.now() - fromMs;
  const answers = [...Map.groupBy(told, (status) => status)].map(
    ([status, those]) => `${those.length} × ${status}`,
  );
  return `${atOnce} at once on ${orders} payments: ${digits(ms)} ms; ${answers.join(', ')}`;
}

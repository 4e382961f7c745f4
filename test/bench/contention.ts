import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreError } from '../../functions/protocol/write.ts';
import { startService, type Service } from '../support/service.ts';
import { digits, type Found, type Tell } from './stats.ts';

const AT_ONCE = [1, 10, 100, 200, 500];

const requests = new AsyncLocalStorage<{ sawInFlight: boolean }>();

interface Arena {
  readonly service: Service;
  /** Cancels and looks at the provider; `needless`: by requests whose last read showed another refund in flight. */
  readonly asked: { cancels: number; looks: number; needless: number };
}

/** Refunds that come at once, on one payment and on as many; table, provider and service share this one process. */
export async function benchContention(tell: Tell): Promise<Found> {
  const service = await startService();
  const asked = { cancels: 0, looks: 0, needless: 0 };
  const cancel = service.world.gateway.cancel.bind(service.world.gateway);
  service.world.gateway.cancel = async (call) => {
    const outcome = await cancel(call);
    // Too late for its send window: nothing was sent.
    if (outcome.kind !== 'not_sent') asked.cancels += 1;
    return outcome;
  };
  const look = service.world.gateway.payment.bind(service.world.gateway);
  service.world.gateway.payment = async (...which) => {
    asked.looks += 1;
    if (requests.getStore()?.sawInFlight === true) asked.needless += 1;
    return look(...which);
  };
  const read = service.world.ledger.payments.bind(service.world.ledger);
  service.world.ledger.payments = async (merchantUid) => {
    const payments = await read(merchantUid);
    const request = requests.getStore();
    if (request !== undefined) request.sawInFlight = payments.some(({ inFlight }) => inFlight !== undefined);
    return payments;
  };
  const lines: string[] = [];
  for (const atOnce of AT_ONCE) {
    for (const where of ['one payment', 'as many payments'] as const) {
      tell(`${atOnce} at once on ${where}`);
      lines.push(await contend({ service, asked }, where, atOnce));
    }
  }
  await service.end();
  return { lines, figures: lines };
}

async function contend(
  { service, asked }: Arena,
  where: 'one payment' | 'as many payments',
  atOnce: number,
): Promise<string> {
  const orders = where === 'one payment' ? 1 : atOnce;
  const nameOf = (index: number): string =>
    `${where === 'one payment' ? 'one' : 'many'}-${atOnce}-${index % orders}`;
  for (let order = 0; order < orders; order += 1) {
    await service.order(nameOf(order), { amount: 1_000_000 });
  }
  const before = { ...asked };
  const fromMs = performance.now();
  const told = await Promise.all(
    Array.from({ length: atOnce }, async (_, index) =>
      requests
        .run({ sawInFlight: false }, async () =>
          service.cancel({ merchant_uid: nameOf(index), cancel_request_amount: 100 }, { key: `k${index}` }),
        )
        .then(({ status }) => String(status))
        // The answer of the handler.
        .catch((error: unknown) => (error instanceof StoreError ? '503' : '500')),
    ),
  );
  const ms = performance.now() - fromMs;
  const cancels = asked.cancels - before.cancels;
  const counted = Map.groupBy(told, (status) => status);
  const ends = [...counted].map(([status, those]) => `${those.length} × ${status}`);
  const moved = Array.from({ length: orders }, (_, order) =>
    service.simulator.payment(`imp_${nameOf(order)}`),
  );
  const refunded = moved.reduce((sum, payment) => sum + (payment?.cancel_amount ?? 0) / 100, 0);
  const looks = `${asked.looks - before.looks} looks, ${asked.needless - before.needless} by who had read another in flight`;
  return `${atOnce} at once on ${where}: ${digits(ms)} ms; ${ends.join(', ')}; ${cancels} cancels sent, ${cancels - refunded} wasted; ${looks}`;
}

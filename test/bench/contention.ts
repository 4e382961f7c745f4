import { StoreError } from '../../functions/protocol/write.ts';
import { startService, type Service } from '../support/service.ts';

export interface Contention {
  readonly where: 'one payment' | 'as many payments';
  readonly atOnce: number;
  readonly ms: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Cancels that the provider was asked for, and those of them that moved nothing. */
  readonly cancels: number;
  readonly wasted: number;
}

const AT_ONCE = [1, 10, 100, 500];

interface Arena {
  readonly service: Service;
  readonly asked: { cancels: number };
}

/** Refunds that come at once, on one payment and on as many; table, provider and service share this one process. */
export async function benchContention(tell: (text: string) => void): Promise<readonly Contention[]> {
  const service = await startService();
  const asked = { cancels: 0 };
  const cancel = service.world.gateway.cancel.bind(service.world.gateway);
  service.world.gateway.cancel = async (call) => {
    const outcome = await cancel(call);
    // Too late for its window: nothing went out.
    if (outcome.kind !== 'not_sent') asked.cancels += 1;
    return outcome;
  };
  const found: Contention[] = [];
  for (const atOnce of AT_ONCE) {
    for (const where of ['one payment', 'as many payments'] as const) {
      tell(`${atOnce} at once on ${where}`);
      found.push(await contend({ service, asked }, where, atOnce));
    }
  }
  await service.end();
  return found;
}

async function contend(
  { service, asked }: Arena,
  where: Contention['where'],
  atOnce: number,
): Promise<Contention> {
  const orders = where === 'one payment' ? 1 : atOnce;
  const nameOf = (index: number): string =>
    `${where === 'one payment' ? 'one' : 'many'}-${atOnce}-${index % orders}`;
  for (let order = 0; order < orders; order += 1) {
    await service.order(nameOf(order), { amount: 1_000_000 });
  }
  const before = asked.cancels;
  const fromMs = performance.now();
  const told = await Promise.all(
    Array.from({ length: atOnce }, async (_, index) =>
      service
        .cancel({ merchant_uid: nameOf(index), cancel_request_amount: 100 }, { key: `k${index}` })
        .then(({ status }) => String(status))
        // As the door answers.
        .catch((error: unknown) => (error instanceof StoreError ? '503' : '500')),
    ),
  );
  const ms = performance.now() - fromMs;
  const cancels = asked.cancels - before;
  const counted = Map.groupBy(told, (status) => status);
  const outcomes = Object.fromEntries([...counted].map(([status, those]) => [status, those.length]));
  const moved = Array.from({ length: orders }, (_, order) =>
    service.simulator.payment(`imp_${nameOf(order)}`),
  );
  const refunded = moved.reduce((sum, payment) => sum + (payment?.cancel_amount ?? 0) / 100, 0);
  return { where, atOnce, ms, outcomes, cancels, wasted: cancels - refunded };
}

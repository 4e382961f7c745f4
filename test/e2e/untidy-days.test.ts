import { describe, expect, it } from 'vitest';
import { spawnLocalRun, temporaryDirectory, type Client } from '../support/local-run.ts';
import { HABITS, type UntidyPayment } from '../support/untidy-payment.ts';
import { seeded, UntidyProvider } from '../support/untidy-provider.ts';

/** The long form (npm run test:exhaustive) uses more rounds and orders, and any seed can be replayed. */
const ROUNDS = Number(process.env['UNTIDY_DAY_ROUNDS'] ?? 5);
const SEED = Number(process.env['UNTIDY_DAY_SEED'] ?? 20_261_125);
/** Few rounds use up what an order was paid. */
const ORDERS = HABITS.length * Math.ceil(ROUNDS / 5);
const CLIENTS = 8;
const PAID = 10_000;
const SETTINGS = { QUIET_PERIOD_SECONDS: '1', RESOLVE_EVERY_SECONDS: '60' };
const timeout = Math.max(300_000, ROUNDS * 10_000);

interface Told {
  readonly status: number;
  readonly refundId: string;
  readonly verdict: string;
}
interface RefundJson {
  readonly refund_id: string;
  readonly status: string;
  readonly made_by?: string;
}

/** Two payments for every second order, imported by webhooks; the order item names the customer. */
async function open(run: Client, provider: UntidyProvider): Promise<readonly UntidyPayment[]> {
  for (let order = 0; order < ORDERS; order += 1) {
    const merchantUid = `untidy-${order}`;
    await run.call('POST', '/_local/orders', { body: { merchant_uid: merchantUid, customer_id: 'shopper' } });
    const habit = HABITS[order % HABITS.length] ?? 'tidy';
    const count = order % 2 === 0 ? 1 : 2;
    for (let nth = 0; nth < count; nth += 1) {
      const impUid = `imp_untidy_${order}_${nth}`;
      provider.payments.set(impUid, {
        impUid,
        merchantUid,
        amount: PAID,
        habit,
        cancelAmount: 0,
        entries: [],
      });
      const heard = await run.call('POST', '/webhooks/iamport', { body: { imp_uid: impUid } });
      expect(heard.status).toBe(200);
    }
  }
  return [...provider.payments.values()];
}

class Shop {
  readonly told: Told[] = [];
  readonly lies: string[] = [];
  #asked = 0;
  readonly #random: () => number;
  readonly #payments: readonly UntidyPayment[];

  constructor(random: () => number, payments: readonly UntidyPayment[]) {
    this.#random = random;
    this.#payments = payments;
  }

  /** Kill in the middle of the requests. */
  async isHalfWay(): Promise<void> {
    while (this.#asked < (CLIENTS * ROUNDS) / 2) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.#random() * from.length)];
    if (picked === undefined) throw new Error('Bug: nothing to pick from');
    return picked;
  }

  /** Customers and staff with few keys and many payments, so many requests repeat. */
  async ask(run: Client, rights: readonly string[]): Promise<void> {
    this.#asked += 1;
    const { impUid } = this.pick(this.#payments);
    const [amount] = this.pick([[1_100], [1_100], [700], [2_500], []]);
    const key = `key-${this.pick([1, 2, 3])}-${amount}`;
    const headers = { authorization: this.pick(rights), 'idempotency-key': key };
    const body = { imp_uid: impUid, ...(amount === undefined ? {} : { cancel_request_amount: amount }) };
    try {
      const answer = await run.call('POST', '/payments/cancel', { body, headers });
      const refund = answer.body['refund'] as RefundJson | undefined;
      if (refund !== undefined)
        this.told.push({ status: answer.status, refundId: refund.refund_id, verdict: refund.status });
      if (answer.status >= 500 && answer.status !== 503) this.lies.push(JSON.stringify(answer.body));
    } catch {
      // The run was killed, so there was no answer.
    }
  }
}

async function signIn(run: Client): Promise<readonly string[]> {
  const shopper = await run.signIn({ sub: 'shopper' });
  return [shopper, shopper, await run.signIn({ sub: 'clerk', groups: ['refund-staff'] })];
}

async function play(run: Client, shop: Shop, rounds: number): Promise<void> {
  const rights = await signIn(run);
  const client = async (): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) await shop.ask(run, rights);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Runs until all open refunds are in drift, which no rule can decide. */
async function settle(run: Client): Promise<void> {
  for (;;) {
    const { body } = await run.call('POST', '/_local/resolve');
    const { drift: _people, ...others } = body['outcomes'] as Readonly<Record<string, number>>;
    const left = Object.entries(others).reduce((sum, [, count]) => sum + count, 0);
    if (left === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function refundsOf(run: Client, authorization: string, { impUid }: UntidyPayment) {
  const { body } = await run.call('GET', `/payments?imp_uid=${impUid}`, { headers: { authorization } });
  return {
    cancelAmount: Number(body['cancel_amount'] ?? 0),
    refunds: (body['refunds'] ?? []) as readonly RefundJson[],
  };
}

/**
 * Two people close the rest by the PG's data, which contains the reason that was sent. Where the service says that it can still
 * settle a refund, it does, and they look again.
 */
async function close(run: Client, provider: UntidyProvider, payment: UntidyPayment): Promise<void> {
  const people = [];
  for (const sub of ['one', 'two']) people.push(await run.signIn({ sub, groups: ['refund-staff'] }));
  const [first = ''] = people;
  for (;;) {
    const { refunds } = await refundsOf(run, first, payment);
    const left = refunds.find(({ status }) => status === 'unknown');
    if (left === undefined) return;
    const ours = provider.entryOf(payment, left.refund_id);
    const verdict =
      ours === undefined ? { verdict: 'not_executed' } : { verdict: 'executed', cancellation_id: ours };
    const answers = [];
    for (const authorization of people) {
      const body = { ...verdict, evidence: 'the PG was asked' };
      const path = `/payments/${payment.merchantUid}/refunds/${left.refund_id}/close`;
      answers.push(await run.call('POST', path, { body, headers: { authorization } }));
    }
    const statuses = answers.map(({ status }) => status).join();
    if (answers.some(({ body }) => body['code'] === 'STILL_RESOLVABLE')) await settle(run);
    else if (statuses !== '202,200')
      throw new Error(`${left.refund_id} of ${payment.impUid} (${payment.habit}): ${statuses}`);
  }
}

const TIMES_MOVED: Readonly<Record<string, number>> = {
  cancelled: 1,
  rejected: 0,
  not_executed: 0,
  not_sent: 0,
};

/** Cancels made elsewhere without a webhook are booked, and every won at the provider is explained. */
async function reconcile(run: Client): Promise<void> {
  const fromSeconds = Math.floor(Date.now() / 1000) - 86_400;
  const { body } = await run.call('POST', '/_local/reconcile', { body: { fromSeconds } });
  const { unexplained, unexplainedPayments, findings } = body['report'] as Readonly<Record<string, unknown>>;
  expect({ unexplained, unexplainedPayments }, JSON.stringify(findings)).toEqual({
    unexplained: {},
    unexplainedPayments: 0,
  });
}

async function audit(run: Client, provider: UntidyProvider, shop: Shop): Promise<void> {
  const authorization = await run.signIn({ sub: 'auditor', groups: ['refund-staff'] });
  const moved = (id: string) => provider.executed.filter(({ sent }) => sent.includes(id)).length;
  for (const payment of provider.payments.values()) {
    const { cancelAmount, refunds } = await refundsOf(run, authorization, payment);
    expect(cancelAmount, payment.impUid).toBe(payment.cancelAmount);
    // Cancels made elsewhere are identified by their entry.
    for (const { refund_id, status } of refunds.filter((each) => each.made_by === undefined)) {
      expect(moved(refund_id), `${refund_id} of ${payment.impUid} (${payment.habit}): ${status}`).toBe(
        TIMES_MOVED[status],
      );
    }
  }
  for (const { refundId, verdict } of shop.told.filter((each) => each.verdict in TIMES_MOVED)) {
    expect(moved(refundId), `${refundId} was told ${verdict}`).toBe(TIMES_MOVED[verdict]);
  }
  expect(shop.lies).toEqual([]);
}

describe('untidy answers of i’mport, one fault in three calls, people, and kill -9', () => {
  it(
    'no money moves twice, every answer is true, and two people can close what is left',
    { timeout },
    async () => {
      const random = seeded(SEED);
      const provider = new UntidyProvider(random);
      const environment = {
        ...SETTINGS,
        IAMPORT_API_URL: await provider.start(),
        IAMPORT_IMP_KEY: 'key',
        IAMPORT_IMP_SECRET: 'secret\n',
      };
      const directory = await temporaryDirectory();
      let elsewhere: NodeJS.Timeout | undefined;
      let run = await spawnLocalRun(directory, environment);
      try {
        const payments = await open(run, provider);
        const shop = new Shop(random, payments);
        elsewhere = setInterval(() => {
          provider.cancelElsewhere(shop.pick(payments), shop.pick([300, 1_100]), '관리자페이지취소');
        }, 400);
        provider.isFaulty = true;
        const playing = play(run, shop, ROUNDS);
        await shop.isHalfWay();
        await run.stop('SIGKILL');
        await playing;
        run = await spawnLocalRun(directory, environment);
        await play(run, shop, ROUNDS);
        clearInterval(elsewhere);
        provider.isFaulty = false;
        await settle(run);
        for (const payment of payments) await close(run, provider, payment);
        await reconcile(run);
        await audit(run, provider, shop);
      } finally {
        clearInterval(elsewhere);
        expect(await run.stop('SIGINT')).toBe(0);
        await provider.end();
      }
    },
  );
});

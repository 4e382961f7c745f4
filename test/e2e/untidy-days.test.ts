import { describe, expect, it } from 'vitest';
import {
  CONSOLE_REASON,
  startIamportSimulator,
  type Fault,
  type IamportPayment,
  type IamportSimulator,
} from '../../lib/lab/simulator/simulator.ts';
import { spawnLocalRun, temporaryDirectory, type Client } from '../support/local-run.ts';

/** The long form (npm run test:exhaustive) uses more rounds and orders, and any seed can be replayed. */
const ROUNDS = Number(process.env['UNTIDY_DAY_ROUNDS'] ?? 5);
const SEED = Number(process.env['UNTIDY_DAY_SEED'] ?? 20_261_125);
const CLIENTS = 8;
const PAID = 10_000;
const CREDENTIALS = { impKey: 'key', impSecret: 'secret' };
const timeout = Math.max(300_000, ROUNDS * 10_000);

const value = (field: string, is: unknown) => ({ fault: 'field_value', field, value: is }) as const;
const untimed = [{ fault: 'history_newest_first' }, value('cancel_history.cancelled_at', null)] as const;

/** How a PG executes every cancel of a payment, and how i'mport writes the payment. */
const HABITS: readonly (readonly Fault[])[] = [
  [],
  [{ fault: 'drop_tag' }, value('currency', null)],
  [{ fault: 'reason_cut', max: 11 }, { fault: 'currency_lower_case' }],
  [{ fault: 'reason_replace' }],
  [{ fault: 'drop_tag' }, ...untimed],
  [{ fault: 'history_as_object' }, value('cancel_history.receipt_url', false)],
  [{ fault: 'numbers_as_text' }, { fault: 'times_as_text' }],
  [{ fault: 'asynchronous', delay_ms: 2_000 }],
];

/** What may happen to one cancel; what is executed later is so within the quiet period. */
const MISFORTUNES: readonly Fault[] = [
  { on: 'cancel', fault: 'request_lost' },
  { on: 'cancel', fault: 'answer_lost' },
  { on: 'cancel', fault: 'late', delay_ms: 800 },
  { on: 'cancel', fault: 'answer_slow', delay_ms: 500 },
  { on: 'cancel', fault: 'http_500' },
  { on: 'cancel', fault: 'http_502', applied: false },
  { on: 'cancel', fault: 'truncated_200' },
  { on: 'cancel', fault: 'empty_200' },
  { on: 'cancel', fault: 'unauthorized' },
  { on: 'cancel', fault: 'http_429' },
  { fault: 'refused' },
  { fault: 'already_cancelled_at_pg' },
  { fault: 'executed_but_refused', delay_ms: 0 },
  { fault: 'two_step', delay_ms: 600 },
  { fault: 'under_way', delay_ms: 800 },
];

/** Repeats the same days: Lehmer's generator. */
function seeded(seed: number): () => number {
  let state = seed % 0x7f_ff_ff_ff;
  return () => (state = (state * 48_271) % 0x7f_ff_ff_ff) / 0x7f_ff_ff_ff;
}

interface RefundJson {
  readonly refund_id: string;
  readonly status: string;
  readonly amount: number;
  readonly cancellation_id?: string;
  readonly made_by?: string;
}

/** The customers and the staff of a shop, its provider, and what they were told. */
class Shop {
  readonly simulator: IamportSimulator;
  readonly told: RefundJson[] = [];
  readonly failures: unknown[] = [];
  #asked = 0;
  readonly #random = seeded(SEED);

  constructor(simulator: IamportSimulator) {
    this.simulator = simulator;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  /** Two payments for every second order, imported by webhooks; the order item names the customer. */
  async open(run: Client): Promise<void> {
    // Few rounds use up what an order was paid.
    for (let order = 0; order < HABITS.length * Math.ceil(ROUNDS / 5); order += 1) {
      const merchantUid = `untidy-${order}`;
      const item = { merchant_uid: merchantUid, customer_id: 'shopper' };
      await run.call('POST', '/_local/orders', { body: item });
      const pg_provider = order % HABITS.length === 7 ? 'paypal_v2' : 'nice';
      for (let nth = 0; nth <= order % 2; nth += 1) {
        const imp_uid = `imp_untidy_${order}_${nth}`;
        this.simulator.addPayment({ imp_uid, merchant_uid: merchantUid, amount: PAID, pg_provider });
        for (const fault of HABITS[order % HABITS.length] ?? [])
          this.simulator.script({ ...fault, imp_uid, until_cleared: true });
        const heard = await run.call('POST', '/webhooks/iamport', { body: { imp_uid } });
        expect(heard.status).toBe(200);
      }
    }
  }

  /** Kill in the middle of the requests. */
  async isHalfWay(): Promise<void> {
    while (this.#asked < (CLIENTS * ROUNDS) / 2) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  cancelsElsewhere(): void {
    const { imp_uid } = this.pick(this.simulator.payments());
    // Where too little is left the console refuses it.
    void this.simulator.consoleCancel({ imp_uid, amount: this.pick([300, 1_100]) }).catch(() => undefined);
  }

  /** Customers and staff with few keys and many payments, so many requests repeat. */
  async ask(run: Client, rights: readonly string[]): Promise<void> {
    this.#asked += 1;
    const { imp_uid } = this.pick(this.simulator.payments());
    if (this.pick([true, false, false])) this.simulator.script({ ...this.pick(MISFORTUNES), imp_uid });
    const amount = this.pick([1_100, 1_100, 700, 2_500, undefined]);
    const key = `key-${this.pick([1, 2, 3])}-${amount}`;
    const headers = { authorization: this.pick(rights), 'idempotency-key': key };
    const body = { imp_uid, cancel_request_amount: amount };
    // A killed run gives no answer.
    const answer = await run.call('POST', '/payments/cancel', { body, headers }).catch(() => undefined);
    const refund = answer?.body['refund'] as RefundJson | undefined;
    if (refund !== undefined) this.told.push(refund);
    if (answer !== undefined && answer.status >= 500 && answer.status !== 503)
      this.failures.push(answer.body);
  }

  async day(run: Client): Promise<void> {
    const shopper = await run.signIn({ sub: 'shopper' });
    const rights = [shopper, shopper, await run.signIn({ sub: 'clerk', groups: ['refund-staff'] })];
    const client = async (): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) await this.ask(run, rights);
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  /** How often the PG has executed a refund: its request contains the id, whatever the PG keeps of it. */
  timesMoved(refundId: string): number {
    return this.simulator.audit(refundId).executed;
  }
}

/** Runs until all open refunds are in drift, which no rule can decide. */
async function settle(run: Client): Promise<void> {
  for (;;) {
    const { body } = await run.call('POST', '/_local/resolve');
    const { drift: _people, ...others } = body['outcomes'] as Readonly<Record<string, number>>;
    if (Object.values(others).every((count) => count === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function ofPayment(run: Client, authorization: string, impUid: string) {
  const { body } = await run.call('GET', `/payments?imp_uid=${impUid}`, { headers: { authorization } });
  return { cancelAmount: body['cancel_amount'], refunds: (body['refunds'] ?? []) as readonly RefundJson[] };
}

/**
 * Two people close the rest by what the PG has done. Where the service says that it can still settle a refund, it does, and
 * they look again.
 */
async function close(run: Client, shop: Shop, { imp_uid, merchant_uid }: IamportPayment): Promise<void> {
  const people = [];
  for (const sub of ['one', 'two']) people.push(await run.signIn({ sub, groups: ['refund-staff'] }));
  const [first = ''] = people;
  for (;;) {
    const { refunds } = await ofPayment(run, first, imp_uid);
    const open = refunds.find(({ status }) => status === 'unknown');
    if (open === undefined) return;
    const held = refunds.map(({ cancellation_id: id }) => id);
    const entry = shop.simulator
      .payment(imp_uid)
      ?.cancel_history.filter(({ reason, amount }) => reason !== CONSOLE_REASON && amount === open.amount)
      .find(({ cancellation_id: id }) => !held.includes(id));
    const verdict =
      shop.timesMoved(open.refund_id) === 0
        ? { verdict: 'not_executed' }
        : { verdict: 'executed', cancellation_id: entry?.cancellation_id };
    const answers: unknown[] = [];
    for (const authorization of people) {
      const body = { ...verdict, evidence: 'the PG was asked' };
      const path = `/payments/${merchant_uid}/refunds/${open.refund_id}/close`;
      const answer = await run.call('POST', path, { body, headers: { authorization } });
      answers.push(answer.body['code'] ?? answer.status);
    }
    if (answers.includes('STILL_RESOLVABLE')) await settle(run);
    else if (answers.join() !== '202,200') throw new Error(`${JSON.stringify(open)}: ${answers.join()}`);
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
  expect([unexplained, unexplainedPayments], JSON.stringify(findings)).toEqual([{}, 0]);
}

async function audit(run: Client, shop: Shop): Promise<void> {
  const authorization = await run.signIn({ sub: 'auditor', groups: ['refund-staff'] });
  const ended: RefundJson[] = [];
  for (const { imp_uid, cancel_amount } of shop.simulator.payments()) {
    const { cancelAmount, refunds } = await ofPayment(run, authorization, imp_uid);
    expect(cancelAmount, imp_uid).toBe(cancel_amount);
    // Cancels made elsewhere are identified by their entry.
    ended.push(...refunds.filter((each) => each.made_by === undefined));
  }
  const told = shop.told.filter(({ status }) => status in TIMES_MOVED);
  for (const { refund_id: id, status } of [...ended, ...told])
    expect(shop.timesMoved(id), `${id} is ${status}`).toBe(TIMES_MOVED[status]);
  expect(shop.failures).toEqual([]);
}

describe('untidy answers of i’mport, a fault in one of three calls, people, and kill -9', () => {
  it(
    'no money moves twice, every answer is true, and two people can close what is left',
    { timeout },
    async () => {
      const simulator = await startIamportSimulator(CREDENTIALS);
      const environment = {
        QUIET_PERIOD_SECONDS: '1',
        RESOLVE_EVERY_SECONDS: '60',
        IAMPORT_API_URL: simulator.url,
        IAMPORT_IMP_KEY: CREDENTIALS.impKey,
        IAMPORT_IMP_SECRET: `${CREDENTIALS.impSecret}\n`,
      };
      const shop = new Shop(simulator);
      const directory = await temporaryDirectory();
      let elsewhere: NodeJS.Timeout | undefined;
      let run = await spawnLocalRun(directory, environment);
      try {
        await shop.open(run);
        elsewhere = setInterval(() => shop.cancelsElsewhere(), 400);
        simulator.script({ on: 'payment', fault: 'http_500', probability: 0.1, until_cleared: true });
        const playing = shop.day(run);
        await shop.isHalfWay();
        await run.stop('SIGKILL');
        await playing;
        run = await spawnLocalRun(directory, environment);
        await shop.day(run);
        clearInterval(elsewhere);
        simulator.clearFaults({ fault: 'http_500' });
        await settle(run);
        for (const payment of simulator.payments()) await close(run, shop, payment);
        await reconcile(run);
        await audit(run, shop);
      } finally {
        clearInterval(elsewhere);
        expect(await run.stop('SIGINT')).toBe(0);
        await simulator.end();
      }
    },
  );
});

import type {
  CancelCall,
  CancelOutcome,
  LookUp,
  PaymentGateway,
  PaymentsStore,
} from '../../functions/protocol/ports.ts';
import { assertNever } from '../../functions/refund/assert-never.ts';
import { StoreError } from '../../functions/protocol/store-error.ts';
import type { Write } from '../../functions/protocol/write.ts';
import type { Run } from './explorer.ts';
import type { MemoryStore } from './memory-store.ts';
import type { ModelProvider, Processed } from './model-provider.ts';
import { readAs, type Reading } from './readings.ts';

/** What becomes of a cancel. The first of a scenario's list is the ordinary one; each other one is a misfortune. */
export type SendFate =
  | 'answered'
  /** Done, and the caller hears nothing; done after the caller has hung up; never arrived. */
  | 'answer_lost'
  | 'late'
  | 'lost'
  | 'not_sent'
  | 'refused_by_pg'
  /** P2: checked on arrival, booked in a step of its own. The second: and nobody hears of it. */
  | 'two_step'
  | 'two_step_lost'
  /** P5: code 0, booked (or refused) without bound. */
  | 'accepted'
  | 'accepted_then_refused'
  | 'accepted_lost'
  /** Done at the PG; i'mport has lost it. */
  | 'lost_by_iamport'
  /** Booked, but the payment in the answer does not show it yet. */
  | 'stale_answer';

/** What becomes of a write of the table. */
export type WriteFate =
  | 'applied'
  | 'answer_lost'
  | 'lost'
  /** Nobody hears of it, and it is applied later, within G. */
  | 'late'
  /** Applied and answered; a copy of it arrives later. */
  | 'copied'
  /** Applied, its answer lost, sent again by the SDK: the second try meets what the first has done. */
  | 'retried'
  /** The first try hangs, the second is applied and its answer lost; the first arrives later. */
  | 'lost_and_copied'
  /** The service refuses the only try. */
  | 'refused';

export type ReadFate = 'found' | 'failed' | Reading;

export interface Fates {
  readonly sends: readonly SendFate[];
  readonly writes?: readonly WriteFate[];
  /** Of which kinds of writes; all when absent. */
  readonly writesOf?: readonly Write['kind'][];
  readonly reads?: readonly ReadFate[];
  readonly misfortunes: number;
  /** An answer of a read takes a turn of its own to arrive. */
  readonly slowReads?: boolean;
}

/** What the network still holds: a request to the provider, or a copy of a write. */
interface Held {
  readonly refundId: string | undefined;
  readonly deliver: () => Promise<void>;
}

/** Everything that can go wrong between a worker and the world, each time by a choice of the run. */
export class Adversity {
  misfortunes: number;
  readonly held: Held[] = [];
  readonly #run: Run;
  readonly #fates: Fates;
  readonly #nowMs: () => number;
  #names = 0;

  constructor(run: Run, fates: Fates, nowMs: () => number) {
    this.#run = run;
    this.#fates = fates;
    this.misfortunes = fates.misfortunes;
    this.#nowMs = nowMs;
  }

  /** Whatever is under way arrives: at the latest before G is over. */
  async deliverAll(): Promise<void> {
    for (const { deliver } of this.held.splice(0)) await deliver();
  }

  isAlive(refundId: string): boolean {
    return this.held.some((held) => held.refundId === refundId);
  }

  store(name: string, store: MemoryStore): PaymentsStore {
    const step = async <T>(label: string, effect: () => Promise<T>): Promise<T> =>
      this.#run.step(name, label, effect);
    return {
      shards: store.shards,
      order: async (merchantUid) => step('reads the order', async () => store.order(merchantUid)),
      ordersOf: async (impUid) => step('asks the index', async () => store.ordersOf(impUid)),
      write: async (write) => step(`writes ${write.kind}`, async () => this.#write(write, store)),
      postpone: async (listed, atMs) => store.postpone(listed, atMs),
      openRefunds: async (query) => store.openRefunds(query),
      reconciliation: async () => store.reconciliation(),
      saveReconciliation: async (notes) => store.saveReconciliation(notes),
    };
  }

  gateway(
    name: string,
    providerOf: (impUid: string) => ModelProvider | undefined,
    knownOf: (impUid: string) => number,
  ): PaymentGateway {
    const look = async (impUid: string): Promise<LookUp> => {
      const seen = await this.#run.step(name, 'reads back', async () =>
        this.#look(providerOf(impUid), knownOf(impUid)),
      );
      return this.#fates.slowReads === true ? this.#run.step(name, 'hears it', () => seen) : seen;
    };
    return {
      prepare: async () => ({ kind: 'ready' }),
      hashAccount: async () => undefined,
      list: async () => ({ kind: 'failed', cause: 'not part of this world' }),
      find: async () => ({ kind: 'missing' }),
      payment: look,
      cancel: async (call) => {
        const provider = providerOf(call.payment.impUid);
        if (provider === undefined) return { kind: 'refused', provider: { code: 1, message: 'unknown' } };
        const answer = await this.#run.step(name, 'sends cancel', async () => this.#send(call, provider));
        return answer.kind === 'to_come' ? this.#hear(name, answer.answer) : answer;
      },
    };
  }

  #fateOf<Fate extends string>(fates: readonly Fate[]): Fate {
    const [ordinary] = fates;
    if (ordinary === undefined) throw new Error('Bug: no fates');
    if (this.misfortunes === 0 || fates.length === 1) return ordinary;
    const fate = fates[this.#run.choose(fates.length)] ?? ordinary;
    if (fate !== ordinary) {
      this.misfortunes -= 1;
      this.#run.story.push(`  (${fate})`);
    }
    return fate;
  }

  async #write(write: Write, store: MemoryStore) {
    const { writes = ['applied'], writesOf } = this.#fates;
    const fate = writesOf?.includes(write.kind) === false ? 'applied' : this.#fateOf(writes);
    const copy = () =>
      this.#hold(`copy of ${write.kind}`, undefined, async () => void (await store.write(write)));
    switch (fate) {
      case 'applied':
        return store.write(write);
      case 'answer_lost':
        await store.write(write);
        throw lost();
      case 'lost':
        throw lost();
      case 'late':
        copy();
        throw lost();
      case 'copied': {
        const answer = await store.write(write);
        copy();
        return answer;
      }
      case 'retried':
        await store.write(write);
        return store.write(write);
      case 'lost_and_copied':
        await store.write(write);
        copy();
        throw lost();
      case 'refused':
        throw new StoreError('refused', { mayHaveBeenApplied: false });
      default:
        return assertNever(fate);
    }
  }

  async #look(provider: ModelProvider | undefined, known: number): Promise<LookUp> {
    const fate = this.#fateOf(this.#fates.reads ?? ['found']);
    if (fate === 'failed') return { kind: 'failed', cause: 'HTTP 502' };
    if (provider === undefined) return { kind: 'missing' };
    const payment = provider.snapshot();
    return { kind: 'found', payment: fate === 'found' ? payment : readAs(payment, fate, known) };
  }

  async #hear(name: string, answer: Promise<CancelOutcome>): Promise<CancelOutcome> {
    const outcome = await answer;
    return this.#run.step(name, 'hears the answer', () => outcome);
  }

  async #send(
    call: CancelCall,
    provider: ModelProvider,
  ): Promise<CancelOutcome | { readonly kind: 'to_come'; readonly answer: Promise<CancelOutcome> }> {
    // The client's own rule: a request that is late does not leave any more.
    if (this.#nowMs() > call.sendBeforeMs) return { kind: 'not_sent', cause: 'late' };
    const fate = this.#fateOf(this.#fates.sends);
    const unknown = { kind: 'unknown', cause: fate } as const;
    const { refundId } = call.pending;
    switch (fate) {
      case 'answered':
        return outcomeOf(provider.process(call, this.#nowMs()));
      case 'answer_lost':
        provider.process(call, this.#nowMs());
        return unknown;
      case 'late':
        this.#hold('request', refundId, async () => void provider.process(call, this.#nowMs()));
        return unknown;
      case 'lost':
        return unknown;
      case 'not_sent':
        return { kind: 'not_sent', cause: fate };
      case 'refused_by_pg':
        return { kind: 'refused', provider: { code: -1, message: 'PG' } };
      case 'two_step':
      case 'two_step_lost': {
        const refusal = provider.check(call);
        if (refusal !== undefined) return fate === 'two_step' ? outcomeOf(refusal) : unknown;
        const answer = this.#bookLater(call, provider);
        return fate === 'two_step' ? { kind: 'to_come', answer } : unknown;
      }
      case 'accepted':
      case 'accepted_then_refused':
      case 'accepted_lost':
        return accept(call, provider, fate);
      case 'lost_by_iamport':
        if (provider.check(call) === undefined) provider.loseAfterExecution(call);
        return unknown;
      case 'stale_answer': {
        const payment = provider.snapshot();
        const processed = provider.process(call, this.#nowMs());
        return processed.kind === 'booked' ? { kind: 'answered', payment } : outcomeOf(processed);
      }
      default:
        return assertNever(fate);
    }
  }

  async #bookLater(call: CancelCall, provider: ModelProvider): Promise<CancelOutcome> {
    return new Promise((resolve) => {
      this.#hold('PG', call.pending.refundId, async () => {
        resolve(outcomeOf(provider.book(call, this.#nowMs())));
      });
    });
  }

  #hold(what: string, refundId: string | undefined, effect: () => Promise<void>): void {
    let isDelivered = false;
    const held: Held = {
      refundId,
      deliver: async () => {
        if (isDelivered) return;
        isDelivered = true;
        const index = this.held.indexOf(held);
        if (index !== -1) this.held.splice(index, 1);
        await effect();
      },
    };
    this.held.push(held);
    this.#names += 1;
    const name = `${what} ${this.#names}`;
    this.#run.spawn({
      name,
      mayCrash: false,
      run: async () => this.#run.step(name, 'arrives', held.deliver),
    });
  }
}

/** An asynchronous PG says yes to what fits the balance of the moment, and decides later. */
function accept(
  call: CancelCall,
  provider: ModelProvider,
  fate: 'accepted' | 'accepted_then_refused' | 'accepted_lost',
): CancelOutcome {
  const unknown = { kind: 'unknown', cause: fate } as const;
  const refusal = provider.check(call);
  if (refusal !== undefined) return fate === 'accepted_lost' ? unknown : outcomeOf(refusal);
  const payment = provider.accept(call, fate !== 'accepted_then_refused');
  return fate === 'accepted_lost' ? unknown : { kind: 'answered', payment };
}

function lost(): StoreError {
  return new StoreError('no answer', { mayHaveBeenApplied: true });
}

function outcomeOf(processed: Processed): CancelOutcome {
  if (processed.kind === 'booked') return { kind: 'answered', payment: processed.payment };
  const { code, message } = processed;
  return { kind: 'refused', provider: { code, message } };
}

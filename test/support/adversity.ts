import type { CancelCall } from '../../functions/protocol/ports.ts';
import type { WriteKind } from '../../functions/protocol/write.ts';
import type { Run } from './explorer.ts';
import type { Reading } from './readings.ts';

/** What may happen to a cancel. The first of a scenario's list is the normal case; every other one is a failure. */
export type SendFate =
  | 'answered'
  /** Executed without an answer; executed within G after the caller hung up (P3); never arrived. */
  | 'answer_lost'
  | 'late'
  | 'lost'
  | 'not_sent'
  /** Executed after all actors have ended: only where G is broken. */
  | 'much_later'
  /** Refusals that end the request (P4). */
  | 'refused_by_pg'
  | 'refused_401'
  /** Refused after a part was booked: people find out what happened. */
  | 'part_refused'
  /** Refusals that prove nothing (PG-FACTS 1 and 2): booked later, within G; never booked; executed before the PG said so. */
  | 'under_way_booked'
  | 'under_way_never'
  | 'already_executed'
  | 'already_cancelled'
  /** P2: checked on arrival, booked in a later step. The second: without an answer. */
  | 'two_step'
  | 'two_step_lost'
  /** P6: two entries, the second at any later time. */
  | 'split'
  | 'split_lost'
  /** Booked, with an entry that is not shown. */
  | 'hidden'
  | 'hidden_lost'
  /** P5: code 0 (or "under way"), booked or refused at any later time. */
  | 'accepted'
  | 'accepted_then_refused'
  | 'accepted_lost'
  | 'under_way_accepted'
  /** Executed at the PG; i'mport has lost it. */
  | 'lost_by_iamport'
  /** Booked, but the payment in the answer does not show it yet. */
  | 'stale_answer';

/** What may happen to one try of a transaction. */
export type WriteFate =
  | 'applied'
  | 'answer_lost'
  | 'lost'
  /** Without an answer, it arrives later: while others work, or long after all of them. */
  | 'late'
  | 'at_the_end'
  /** Applied and answered; a copy arrives later. */
  | 'copied'
  /** The table refuses this try: throttled; a conflict with another transaction of the same items. */
  | 'refused'
  | 'conflict'
  /** Arrived and not finished: each try with its token is told so until it is. */
  | 'in_progress'
  /** No answer until the client gives up; it arrives later. */
  | 'hanging';

export type LookFate = 'found' | 'failed' | 'missing' | Reading;

export interface Fates {
  readonly sends: readonly SendFate[];
  readonly writes?: readonly WriteFate[];
  /** The kinds of writes concerned; all when absent. */
  readonly writesOf?: readonly WriteKind[];
  readonly looks?: readonly LookFate[];
  /** A read of a table may fail. */
  readonly readsFail?: boolean;
  readonly misfortunes: number;
  /** The answer of a look arrives in a step of its own. */
  readonly slowLooks?: boolean;
}

/** A message that the network or a PG still holds. */
interface Held {
  readonly name: string;
  /** The latest arrival of a request at the provider (P3), epoch ms; other messages have no bound. */
  readonly byMs: number | undefined;
  /** The cancel that the message is, or a part of. */
  readonly call: CancelCall | undefined;
  readonly deliver: () => void;
}

/** Everything that can go wrong between a worker and the outside, each by a choice of the run. */
export class Adversity {
  misfortunes: number;
  readonly held: Held[] = [];
  /** Messages that arrive after all actors have ended. */
  readonly atTheEnd: (() => void)[] = [];
  readonly fates: Fates;
  readonly run: Run;
  #names = 0;

  constructor(run: Run, fates: Fates) {
    this.run = run;
    this.fates = fates;
    this.misfortunes = fates.misfortunes;
  }

  state(): unknown {
    return [this.misfortunes, this.held.map(({ name }) => name).toSorted(), this.atTheEnd.length];
  }

  fateOf<Fate extends string>(fates: readonly Fate[]): Fate {
    const [ordinary] = fates;
    if (ordinary === undefined) throw new Error('Bug: no fates');
    if (this.misfortunes === 0 || fates.length === 1) return ordinary;
    const fate = fates[this.run.choose(fates.length)] ?? ordinary;
    if (fate !== ordinary) {
      this.misfortunes -= 1;
      this.run.story.push(`  (${fate})`);
    }
    return fate;
  }

  /** Requests arrive before G is over (P3). */
  deliverRequests(untilMs: number): void {
    for (const { deliver } of this.held.filter(({ byMs }) => byMs !== undefined && byMs <= untilMs))
      deliver();
  }

  deliverAll(): void {
    for (const { deliver } of this.held.slice()) deliver();
  }

  deliverAtTheEnd(): void {
    for (const deliver of this.atTheEnd.splice(0)) deliver();
  }

  /** Whether a cancel may still be executed. */
  isAlive(refundId: string): boolean {
    return this.held.some(({ call }) => call?.refundId === refundId);
  }

  hold(of: string, { call, byMs }: { call?: CancelCall; byMs?: number }, effect: () => void): void {
    this.#names += 1;
    const name = `${of} ${this.#names}`;
    const held: Held = {
      name,
      byMs,
      call,
      deliver: () => {
        const index = this.held.indexOf(held);
        if (index === -1) return;
        this.held.splice(index, 1);
        effect();
      },
    };
    this.held.push(held);
    this.run.spawn({
      name,
      mayCrash: false,
      run: async () => this.run.step(name, 'arrives', held.deliver),
    });
  }
}

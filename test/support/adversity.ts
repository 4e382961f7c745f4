import type { CancelCall } from '../../functions/protocol/ports.ts';
import type { WriteKind } from '../../functions/protocol/write.ts';
import type { Run } from './explorer.ts';
import type { Reading } from './readings.ts';

/** What becomes of a cancel. The first of a scenario's list is the ordinary one; each other one is a misfortune. */
export type SendFate =
  | 'answered'
  /** Done, and the caller hears nothing; done within G after the caller has hung up (P3); never arrived. */
  | 'answer_lost'
  | 'late'
  | 'lost'
  | 'not_sent'
  /** Done when everybody has ended long ago: only where G is broken. */
  | 'much_later'
  /** Refusals that are an end (P4). */
  | 'refused_by_pg'
  | 'refused_401'
  /** And a part of it was booked before: people find out what became of it. */
  | 'part_refused'
  /** Refusals that are none (PG-FACTS 1 and 2): booked later, within G; never; executed before the PG said so. */
  | 'under_way_booked'
  | 'under_way_never'
  | 'already_executed'
  | 'already_cancelled'
  /** P2: checked on arrival, booked in a step of its own. The second: and nobody hears of it. */
  | 'two_step'
  | 'two_step_lost'
  /** P6: two entries, the second without bound. */
  | 'split'
  | 'split_lost'
  /** Booked, and its entry is not shown. */
  | 'hidden'
  | 'hidden_lost'
  /** P5: code 0 (or "under way"), booked or refused without bound. */
  | 'accepted'
  | 'accepted_then_refused'
  | 'accepted_lost'
  | 'under_way_accepted'
  /** Done at the PG; i'mport has lost it. */
  | 'lost_by_iamport'
  /** Booked, but the payment in the answer does not show it yet. */
  | 'stale_answer';

/** What becomes of one try of a transaction. */
export type WriteFate =
  | 'applied'
  | 'answer_lost'
  | 'lost'
  /** Nobody hears of it, and it arrives for the first time later: while others are at work, or long after all of them. */
  | 'late'
  | 'at_the_end'
  /** Applied and answered; a copy of it arrives later. */
  | 'copied'
  /** The table refuses this try: a throttle; another transaction of the same items. */
  | 'refused'
  | 'conflict'
  /** Arrived and not done yet: each try with its token is told so until it is. */
  | 'in_progress'
  /** No answer until the client gives up; it arrives later. */
  | 'hanging';

export type LookFate = 'found' | 'failed' | 'missing' | Reading;

export interface Fates {
  readonly sends: readonly SendFate[];
  readonly writes?: readonly WriteFate[];
  /** Of which kinds of writes; all when absent. */
  readonly writesOf?: readonly WriteKind[];
  readonly looks?: readonly LookFate[];
  /** A read of a table may fail. */
  readonly readsFail?: boolean;
  readonly misfortunes: number;
  /** An answer of a look takes a turn of its own to arrive. */
  readonly slowLooks?: boolean;
}

/** What the network, or a PG, still holds. */
interface Held {
  readonly name: string;
  /** A request to the provider arrives within G (P3), epoch ms; nothing else is bounded. */
  readonly byMs: number | undefined;
  /** The cancel that it is, or a part of. */
  readonly call: CancelCall | undefined;
  readonly deliver: () => void;
}

/** Everything that can go wrong between a worker and the world, each time by a choice of the run. */
export class Adversity {
  misfortunes: number;
  readonly held: Held[] = [];
  /** What arrives when everybody has ended long ago. */
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

  /** It may still be executed. */
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

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

interface Waiting {
  readonly actor: string;
  readonly label: string;
  readonly go: () => void;
}

interface Choice {
  readonly chosen: number;
  readonly alternatives: number;
}

export interface Actor {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  /** What it is told is kept under its name. @default it may crash before any of its steps */
  readonly mayCrash?: boolean;
}

/**
 * One run: every effect of every actor waits here until it is its turn, and whose turn it is (or who dies now) is a
 * choice. So is everything that the network may do. A crash is a promise that never settles, as a killed process is.
 */
export class Run {
  readonly trace: Choice[] = [];
  readonly answers = new Map<string, unknown>();
  readonly story: string[] = [];
  crashesLeft: number;
  readonly #prefix: readonly number[];
  readonly #waiting: Waiting[] = [];
  /** What each actor has seen so far: with the world, all that its future depends on. */
  readonly #seenBy = new Map<string, string[]>();
  readonly #mortal = new Set<string>();

  constructor(prefix: readonly number[], crashes: number) {
    this.#prefix = prefix;
    this.crashesLeft = crashes;
  }

  choose(alternatives: number): number {
    // The remainder, so that any list of numbers is a schedule: random ones have no idea of the alternatives.
    const chosen = (this.#prefix[this.trace.length] ?? 0) % alternatives;
    this.trace.push({ chosen, alternatives });
    return chosen;
  }

  get beyondPrefix(): boolean {
    return this.trace.length >= this.#prefix.length;
  }

  /** Waits for the actor's turn, then performs one effect. */
  async step<T>(actor: string, label: string, effect: () => T | Promise<T>): Promise<T> {
    await new Promise<void>((go) => this.#waiting.push({ actor, label, go }));
    const result = await effect();
    this.#seenBy.get(actor)?.push(`${label}:${JSON.stringify(result, inspectable) ?? ''}`);
    return result;
  }

  spawn({ name, run, mayCrash = true }: Actor): void {
    this.#seenBy.set(name, []);
    if (mayCrash) this.#mortal.add(name);
    void run().then((answer) => {
      this.answers.set(name, answer);
      return this.#seenBy.get(name)?.push('done');
    });
  }

  /** Lets the actors take turns until none is left. `world` names the state that they share. */
  async play(world: () => unknown, seen: Set<string>): Promise<boolean> {
    for (;;) {
      await setImmediate();
      if (this.#waiting.length === 0) return true;
      if (this.beyondPrefix && this.#wasHere(world(), seen)) return false;
      const mortal = this.crashesLeft > 0 ? this.#waiting.filter(({ actor }) => this.#mortal.has(actor)) : [];
      const chosen = this.choose(this.#waiting.length + mortal.length);
      const turn = this.#waiting[chosen];
      if (turn !== undefined) {
        this.#waiting.splice(chosen, 1);
        this.story.push(`${turn.actor} ${turn.label}`);
        turn.go();
        continue;
      }
      const victim = mortal[chosen - this.#waiting.length];
      if (victim === undefined) throw new Error('Bug: a choice outside its alternatives');
      this.#waiting.splice(this.#waiting.indexOf(victim), 1);
      this.crashesLeft -= 1;
      this.#seenBy.get(victim.actor)?.push('crashed');
      this.story.push(`${victim.actor} CRASHES before ${victim.label}`);
    }
  }

  #wasHere(world: unknown, seen: Set<string>): boolean {
    const actors = [...this.#seenBy.entries()].toSorted(([a], [b]) => a.localeCompare(b));
    const waiting = this.#waiting.map(({ actor, label }) => `${actor} ${label}`).toSorted();
    const state = JSON.stringify([world, actors, waiting, this.crashesLeft], inspectable);
    const digest = createHash('sha1').update(state).digest('base64');
    if (seen.has(digest)) return true;
    seen.add(digest);
    return false;
  }
}

function inspectable(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value.entries()] : value;
}

export interface Scenario {
  /** Sets the world up, spawns the actors; the returned check is made at the end of every complete run. */
  readonly begin: (
    run: Run,
  ) => Promise<{ readonly world: () => unknown; readonly check: () => Promise<void> }>;
  readonly crashes: number;
}

export interface Explored {
  readonly schedules: number;
  readonly states: number;
  readonly complete: boolean;
}

/** Every schedule, depth first, each from the start; what has been seen before is not explored again. */
export async function explore(
  scenario: Scenario,
  limit: number,
  progress: (schedules: number) => void = () => undefined,
): Promise<Explored> {
  const seen = new Set<string>();
  let prefix: readonly number[] | undefined = [];
  let schedules = 0;
  while (prefix !== undefined && schedules < limit) {
    const run: Run = new Run(prefix, scenario.crashes);
    const { world, check } = await scenario.begin(run);
    const finished = await run.play(world, seen);
    schedules += 1;
    progress(schedules);
    try {
      if (finished) await check();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${message}\n\nschedule:\n  ${run.story.join('\n  ')}`, { cause: error });
    }
    prefix = nextPrefix(run.trace);
  }
  return { schedules, states: seen.size, complete: prefix === undefined };
}

function nextPrefix(trace: readonly Choice[]): readonly number[] | undefined {
  const last = trace.findLastIndex(({ chosen, alternatives }) => chosen + 1 < alternatives);
  if (last === -1) return undefined;
  return [...trace.slice(0, last).map(({ chosen }) => chosen), (trace[last]?.chosen ?? 0) + 1];
}

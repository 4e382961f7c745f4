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
  /** The result is recorded under its name. @default it may crash before any of its steps */
  readonly mayCrash?: boolean;
}

/** The source of a schedule's choices; beyond its end the first alternative is chosen. */
export interface Choices {
  readonly take: (alternatives: number) => number;
  readonly isSpent: () => boolean;
  /** Chooses the next actor by the names of those who wait. @default any of the alternatives */
  readonly turn?: (waiting: readonly string[], alternatives: number) => number;
}

export function fromPath(path: readonly number[]): Choices {
  let taken = 0;
  return {
    take: () => path[taken++] ?? 0,
    isSpent: () => taken >= path.length,
  };
}

/** A number is a schedule: each choice is a digit in the base of its alternatives, so every number is a valid schedule. */
export function fromNumber(schedule: bigint): Choices {
  let rest = schedule;
  return {
    take: (alternatives) => {
      const chosen = Number(rest % BigInt(alternatives));
      rest /= BigInt(alternatives);
      return chosen;
    },
    isSpent: () => rest === 0n,
  };
}

/** One of this many turns goes to another actor. */
const BURST = 5;

/**
 * Mostly gives the next turn to the actor of the last one. So one worker does all its work between two steps of another, which
 * random turns almost never produce. The trace is a normal schedule.
 */
export function inBursts(schedule: bigint): Choices {
  const { take, isSpent } = fromNumber(schedule);
  let last = '';
  return {
    take,
    isSpent,
    turn: (waiting, alternatives) => {
      const again = waiting.indexOf(last);
      const chosen = take(BURST) !== 0 && again !== -1 ? again : take(alternatives);
      last = waiting[chosen] ?? '';
      return chosen;
    },
  };
}

/** The number that {@link fromNumber} reads. */
export function numberOf(trace: readonly Choice[]): bigint {
  return trace.reduceRight(
    (number, { chosen, alternatives }) => number * BigInt(alternatives) + BigInt(chosen),
    0n,
  );
}

/**
 * One run: every effect of every actor waits here for its turn, and which actor is next (or dies now) is a choice. So is
 * everything that the network may do. A crash is a promise that never settles, like a killed process.
 */
export class Run {
  readonly trace: Choice[] = [];
  readonly answers = new Map<string, unknown>();
  /** What an actor threw; promises of the service are checked on it as on an answer. */
  readonly errors = new Map<string, unknown>();
  readonly story: string[] = [];
  crashesLeft: number;
  /** All actors have ended: what follows happens at once, and nothing goes wrong. */
  isOver = false;
  /** The time that actors read beside their effects; it is part of what they know. */
  clock: () => number = () => 0;
  readonly #choices: Choices;
  readonly #waiting: Waiting[] = [];
  /** What each actor has seen so far: with the world, all that its future depends on. */
  readonly #seenBy = new Map<string, string[]>();
  readonly #mortal = new Set<string>();
  /** Whether states are compared with those of other schedules. */
  readonly #isCompared: boolean;

  constructor(choices: Choices, crashes: number, isCompared = false) {
    this.#choices = choices;
    this.crashesLeft = crashes;
    this.#isCompared = isCompared;
  }

  choose(alternatives: number): number {
    return this.#noted(this.#choices.take(alternatives), alternatives);
  }

  #turn(alternatives: number): number {
    const { turn, take } = this.#choices;
    const names = this.#waiting.map(({ actor }) => actor);
    return this.#noted(turn?.(names, alternatives) ?? take(alternatives), alternatives);
  }

  #noted(choice: number, alternatives: number): number {
    const chosen = choice % alternatives;
    this.trace.push({ chosen, alternatives });
    return chosen;
  }

  /** Waits for the actor's turn, then performs one effect. */
  async step<T>(actor: string, label: string, effect: () => T | Promise<T>): Promise<T> {
    if (this.isOver) return effect();
    await new Promise<void>((go) => this.#waiting.push({ actor, label, go }));
    const seen = this.#isCompared ? this.#seenBy.get(actor) : undefined;
    try {
      const result = await effect();
      seen?.push(`${label}@${this.clock()}:${JSON.stringify(result, inspectable) ?? ''}`);
      return result;
    } catch (error) {
      seen?.push(`${label}@${this.clock()} failed ${String(error)}`);
      throw error;
    }
  }

  spawn({ name, run, mayCrash = true }: Actor): void {
    this.#seenBy.set(name, []);
    if (mayCrash) this.#mortal.add(name);
    void run().then(
      (answer) => {
        this.answers.set(name, answer);
        return this.#seenBy.get(name)?.push('done');
      },
      (error: unknown) => {
        this.errors.set(name, error);
        this.#seenBy.get(name)?.push('threw');
      },
    );
  }

  /** Lets the actors take turns until none is left. `seen`: states of other schedules, which are not explored again. */
  async play(world: () => unknown, seen?: Set<string>): Promise<boolean> {
    for (;;) {
      await setImmediate();
      if (this.#waiting.length === 0) return true;
      if (seen !== undefined && this.#choices.isSpent() && this.#wasHere(world(), seen)) return false;
      const mortal = this.crashesLeft > 0 ? this.#waiting.filter(({ actor }) => this.#mortal.has(actor)) : [];
      const chosen = this.#turn(this.#waiting.length + mortal.length);
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
  /** Sets up the world and starts the actors; the returned check runs at the end of every complete run. */
  readonly begin: (
    run: Run,
  ) => Promise<{ readonly world: () => unknown; readonly check: () => Promise<void> }>;
  readonly crashes: number;
}

/** A broken promise, with its schedule. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
  readonly schedule: bigint;

  constructor(cause: unknown, run: Run) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(`${message}\n\nschedule:\n  ${run.story.join('\n  ')}`, { cause });
    this.schedule = numberOf(run.trace);
  }
}

export interface Explored {
  readonly schedules: number;
  readonly states: number;
  readonly complete: boolean;
}

/** Plays one schedule. False when it reached a state that another schedule has explored. */
export async function playOne(
  { begin, crashes }: Scenario,
  choices: Choices,
  seen?: Set<string>,
): Promise<Run> {
  const run = new Run(choices, crashes, seen !== undefined);
  const { world, check } = await begin(run);
  try {
    if (await run.play(world, seen)) await check();
  } catch (error) {
    throw new BrokenPromise(error, run);
  }
  return run;
}

/** Every schedule, depth first, each from the start; states seen before are not explored again. */
export async function explore(scenario: Scenario, limit: number): Promise<Explored> {
  const seen = new Set<string>();
  let path: readonly number[] | undefined = [];
  let schedules = 0;
  while (path !== undefined && schedules < limit) {
    const run: Run = await playOne(scenario, fromPath(path), seen);
    schedules += 1;
    path = nextPath(run.trace);
  }
  return { schedules, states: seen.size, complete: path === undefined };
}

function nextPath(trace: readonly Choice[]): readonly number[] | undefined {
  const last = trace.findLastIndex(({ chosen, alternatives }) => chosen + 1 < alternatives);
  if (last === -1) return undefined;
  return [...trace.slice(0, last).map(({ chosen }) => chosen), (trace[last]?.chosen ?? 0) + 1];
}

/**
 * Schedules from the whole tree, the same in every run: depth first alone would vary only the ends of a few. Every second one
 * is played in bursts.
 */
export async function sample(scenario: Scenario, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const digest = (part: string): string => createHash('sha512').update(`${part} ${index}`).digest('hex');
    const schedule = BigInt(`0x${digest('schedule')}${digest('more')}`);
    await playOne(scenario, index % 2 === 0 ? inBursts(schedule) : fromNumber(schedule));
  }
}

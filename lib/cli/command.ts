import type { LocalInfo } from './local-run.ts';
import type { Tables } from './tables.ts';
import type { Target } from './where.ts';

/** What the one on call has to know: what could not be done, why, and what to do about it. */
export class OperationsError extends Error {
  override readonly name = 'OperationsError';
  /** What to do, as a sentence. */
  readonly advice: string;

  constructor(message: string, advice: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.advice = advice;
  }
}

/** The command line says what nobody can do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command is given of the world. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  /** One line of the answer in words, on stdout. Foreign text in it is escaped, and what is too wide wrapped. */
  readonly out: (line: string) => void;
  /** The whole answer as one line of JSON, on stdout. */
  readonly json: (answer: unknown) => void;
  /** Lines of CSV, on stdout, as wide as they are. Foreign text in them is escaped. */
  readonly csv: (lines: string) => void;
  /** One line that is no answer, on stderr, as wide as it is. Foreign text in it is escaped. */
  readonly notice: (line: string) => void;
  /** What is going on, on a terminal only; '' wipes it away. */
  readonly progress: (line: string) => void;
  readonly stdin: () => Promise<string>;
  /** @default - the real ones */
  readonly openTables?: (target: Target) => Promise<Tables>;
  /** @default - the one of this machine, where it has one */
  readonly openBrowser?: (address: string, env: Surroundings['env']) => void;
  /** What a local run says of itself. @default - the one at the address */
  readonly localInfo?: (url: string) => Promise<LocalInfo>;
}

/** `text`: takes a value. `texts`: the same, and may be given several times. `flag`: stands alone. */
export interface Option {
  readonly kind: 'text' | 'texts' | 'flag';
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly about: string;
}

export const valued = (value: string, about: string): Option => ({ kind: 'text', value, about });
export const repeated = (value: string, about: string): Option => ({ kind: 'texts', value, about });
export const flag = (about: string): Option => ({ kind: 'flag', about });

export interface Given {
  readonly positionals: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly texts: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
}

/** One thing that `refunds` can do. */
export interface Command {
  readonly name: string;
  /** What stands behind its name, as in `<merchant_uid>`. */
  readonly takes: string;
  /** The most that may stand there. */
  readonly positionals: number;
  readonly summary: string;
  readonly about: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  /** What an exit status means: 0, 1 and 2. */
  readonly exits: readonly [string, string, string];
  readonly run: (given: Given, world: Surroundings) => Promise<number>;
}

export const IMP_UID: Readonly<Record<string, Option>> = {
  'imp-uid': valued('IMP_UID', 'only this payment'),
};

export const ANYWHERE: Readonly<Record<string, Option>> = {
  json: flag('the same as JSON, one document'),
  help: flag('this text'),
};

export const COULD_NOT = 'it could not be found out: wrong arguments, no table, no access';

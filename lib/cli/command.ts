import type { LocalInfo } from './local-run.ts';
import type { Tables } from './tables.ts';
import type { Target } from './where.ts';

/** A failure for the person on call: what failed, why, and what to do. */
export class OperationsError extends Error {
  override readonly name = 'OperationsError';
  /** What to do, as a sentence. */
  readonly advice: string;

  constructor(message: string, advice: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.advice = advice;
  }
}

/** The arguments are wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Everything outside that a command uses. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  /** Prints one line of the answer on stdout, escaped, and wrapped at 80 columns. */
  readonly out: (line: string) => void;
  /** Prints the whole answer as one line of JSON on stdout. */
  readonly json: (answer: unknown) => void;
  /** Prints lines of CSV on stdout, not wrapped. */
  readonly csv: (lines: string) => void;
  /** Prints one line that is not part of the answer on stderr, escaped and not wrapped. */
  readonly notice: (line: string) => void;
  readonly stdin: () => Promise<string>;
  /** @default - the real ones */
  readonly openTables?: (target: Target) => Promise<Tables>;
  /** @default - the browser of this machine, if there is one */
  readonly openBrowser?: (address: string, env: Surroundings['env']) => void;
  /** Reads `GET /_local` of a local run. @default - over HTTP */
  readonly localInfo?: (url: string) => Promise<LocalInfo>;
}

/** The other options without which an option means nothing, and with which it contradicts. */
interface Company {
  readonly needs?: readonly string[];
  readonly not?: readonly string[];
}

/** `text`: takes a value. `texts`: takes a value and may be repeated. `flag`: takes no value. */
export interface Option extends Company {
  readonly kind: 'text' | 'texts' | 'flag';
  /** The placeholder of its value in the help. */
  readonly value?: string;
  readonly about: string;
}

export function valued(value: string, about: string, company: Company = {}): Option {
  return { kind: 'text', value, about, ...company };
}

export function repeated(value: string, about: string, company: Company = {}): Option {
  return { kind: 'texts', value, about, ...company };
}

export function flag(about: string, company: Company = {}): Option {
  return { kind: 'flag', about, ...company };
}

export interface Given {
  readonly positionals: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly texts: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
}

/** A command of `refunds`. */
export interface Command {
  readonly name: string;
  /** The positional arguments as the help shows them, such as `<merchant_uid>`. */
  readonly takes: string;
  /** The greatest number of positional arguments. */
  readonly positionals: number;
  readonly summary: string;
  readonly about: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  /** The options without which it cannot run. */
  readonly required?: readonly string[];
  /** The meaning of exit status 0, 1 and 2. */
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

export const COULD_NOT = 'the command could not run: wrong arguments, no table, no access';

import type { PaymentsStore } from '../../functions/protocol/ports.ts';
import type { LocalInfo } from './local-run.ts';
import type { Target } from './targets.ts';

/** What a command is given of the world. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  /** A line of the answer, on stdout. */
  readonly out: (line: string) => void;
  /** What is going on, on a terminal only; '' wipes it away. */
  readonly progress: (line: string) => void;
  readonly stdin: () => Promise<string>;
  /** @default - the real one */
  readonly openTable?: (target: Target) => Promise<PaymentsStore>;
  /** What a local run says of itself. @default - the one at the address */
  readonly localInfo?: (url: string) => Promise<LocalInfo>;
}

/** `text`: takes a value. `flag`: stands alone. */
export interface Option {
  readonly kind: 'text' | 'flag';
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly about: string;
}

export interface Given {
  readonly positionals: readonly string[];
  readonly text: (option: string) => string | undefined;
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

/** Where the table is: the same for all commands that read it. */
export const WHERE: Readonly<Record<string, Option>> = {
  table: { kind: 'text', value: 'NAME', about: 'a table in AWS: TableName in the outputs of the stack' },
  region: { kind: 'text', value: 'REGION', about: 'its region (else AWS_REGION, or that of AWS_PROFILE)' },
  url: {
    kind: 'text',
    value: 'URL',
    about: 'a local run (without --table; else http://127.0.0.1:PORT, and 3000 without PORT)',
  },
};

export const IMP_UID: Readonly<Record<string, Option>> = {
  'imp-uid': { kind: 'text', value: 'IMP_UID', about: 'only this payment' },
};

export const ANYWHERE: Readonly<Record<string, Option>> = {
  json: { kind: 'flag', about: 'the same as JSON, one document' },
  help: { kind: 'flag', about: 'this text' },
};

export const COULD_NOT = 'it could not be found out: wrong arguments, no table, no access';

import assert from 'node:assert/strict';
import type { Scenario } from './explorer.ts';
import { promisesAreKept } from './promises.ts';
import { Actors } from './protocol-actors.ts';
import {
  BETWEEN_LOOKS_MS,
  DRIFT_MS,
  IMP_UID,
  OTHER_IMP_UID,
  ProtocolWorld,
  type WorldOptions,
} from './protocol-world.ts';

export interface NamedScenario {
  readonly name: string;
  readonly scenario: Scenario;
}

export const NETWORK = ['answered', 'answer_lost', 'lost', 'late', 'not_sent'] as const;
export const TABLE = [
  'applied',
  'answer_lost',
  'lost',
  'late',
  'at_the_end',
  'copied',
  'refused',
  'conflict',
  'in_progress',
  'hanging',
] as const;

/** @default one failure; each cancel is answered; nobody crashes */
type Options = Partial<WorldOptions> & { readonly crashes?: number };

/**
 * `script`: the actors and their actions, concurrent unless one waits for another; e.g. `caller a 2` asks with the key `a` for
 * a refund of 2, `caller a` for all that is left.
 */
export function scenario(name: string, script: string, { crashes = 0, ...options }: Options): NamedScenario {
  return {
    name,
    scenario: {
      crashes,
      begin: async (run) => {
        const world = new ProtocolWorld(run, { sends: ['answered'], misfortunes: 1, ...options });
        await world.begin();
        const actors = new Actors(world);
        for (const [index, step] of script.split(', ').entries()) play(actors, step, index + 1);
        return { world: () => world.state(), check: async () => promisesAreKept(world) };
      },
    },
  };
}

function play(actors: Actors, step: string, number: number): void {
  const [what = '', word = '', amount] = step.split(' ');
  const begin = STEPS[what];
  assert(begin, `a scenario has no step ${what}`);
  begin(actors, {
    name: `${what} ${number}`,
    word,
    amount: amount === undefined ? undefined : Number(amount),
  });
}

interface Step {
  readonly name: string;
  /** The key, or the amount when there is no key. */
  readonly word: string;
  readonly amount: number | undefined;
}

const STEPS: Readonly<Record<string, (actors: Actors, step: Step) => void>> = {
  caller: (actors, { name, word, amount }) => actors.caller(name, word, amount),
  staff: (actors, { name, word, amount }) => actors.caller(name, word, amount, { isStaff: true }),
  by_imp_uid: (actors, { name, word, amount }) => actors.caller(name, word, amount, { impUid: IMP_UID }),
  by_order: (actors, { name, word, amount }) => actors.caller(name, word, amount, { byOrder: true }),
  of_other_payment: (actors, { name, word, amount }) =>
    actors.caller(name, word, amount, { impUid: OTHER_IMP_UID }),
  // Without a key.
  press: (actors, { name, word }) => actors.caller(name, undefined, Number(word)),
  resolver: (actors, { name }) => actors.resolver(name),
  reader: (actors, { name }) => actors.reader(name),
  webhook: (actors, { name }) => actors.webhook(name),
  asker: (actors, { name, word }) => actors.asker(name, word),
  closer: (actors, { name, word }) => actors.closer(name, word),
  mistaken: (actors, { name, word }) => actors.mistaken(name, word),
  undoer: (actors, { name, word }) => actors.undoer(name, word),
  console: (actors, { word }) => actors.consoleCancel(Number(word)),
  other_tool: (actors, { word }) => actors.otherTool(Number(word)),
  pg_decides: (actors) => actors.pgDecides(),
  pg_undoes: (actors) => actors.pgUndoes(),
  late_arrivals: (actors) => actors.arrives(),
  history_reveals: (actors) => actors.reveals(),
  owner_changes: (actors) => actors.ownerChanges(),
  quiet_period: (actors) => actors.timePasses(),
  half_a_minute: (actors) => actors.timePasses(BETWEEN_LOOKS_MS),
  ten_seconds: (actors) => actors.timePasses(10_000),
  drift_time: (actors) => actors.timePasses(DRIFT_MS),
};

import type { Scenario } from './explorer.ts';
import { promisesAreKept } from './promises.ts';
import { Actors } from './protocol-actors.ts';
import { ProtocolWorld, type WorldOptions } from './protocol-world.ts';

export interface NamedScenario {
  readonly name: string;
  readonly scenario: Scenario;
}

/** @default nobody crashes */
type Options = WorldOptions & { readonly crashes?: number };

export function scenario(
  name: string,
  { crashes = 0, ...options }: Options,
  play: (actors: Actors) => void,
): NamedScenario {
  return {
    name,
    scenario: {
      crashes,
      begin: async (run) => {
        const world = new ProtocolWorld(run, options);
        await world.begin();
        play(new Actors(world));
        return { world: () => world.state(), check: async () => promisesAreKept(world) };
      },
    },
  };
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

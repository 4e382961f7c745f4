import type { Scenario } from './explorer.ts';
import { promisesAreKept } from './promises.ts';
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
  actors: (world: ProtocolWorld) => void,
): NamedScenario {
  return {
    name,
    scenario: {
      crashes,
      begin: async (run) => {
        const world = new ProtocolWorld(run, options);
        await world.abandon();
        actors(world);
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
  'copied',
  'retried',
  'lost_and_copied',
] as const;

import type { Scenario } from './explorer.ts';
import { ProtocolWorld, type WorldOptions } from './protocol-world.ts';

export interface NamedScenario {
  readonly name: string;
  readonly scenario: (options?: Partial<WorldOptions>) => Scenario;
}

function scenarioOf(
  defaults: WorldOptions & { readonly crashes?: number },
  actors: (world: ProtocolWorld) => void,
): NamedScenario['scenario'] {
  return (options = {}) => ({
    crashes: defaults.crashes ?? 0,
    begin: async (run) => {
      const world = new ProtocolWorld(run, { ...defaults, ...options });
      await world.abandon();
      actors(world);
      return { world: () => world.state(), check: async () => world.promisesAreKept() };
    },
  });
}

const NETWORK = ['answered', 'answer_lost', 'lost', 'late', 'not_sent'] as const;

const ASYNCHRONOUS = {
  fates: ['accepted'],
  misfortunes: 0,
  crashes: 1,
  item: { pg_provider: 'paypal_v2' },
  mayStayOpen: true,
} as const;

/** The small cases that hold every row of the protocol; each is explored completely in the long form. */
export const SCENARIOS: readonly NamedScenario[] = [
  {
    name: 'one caller dies at any point, and time passes',
    scenario: scenarioOf({ fates: NETWORK, misfortunes: 1, crashes: 1 }, (world) => {
      world.caller('a', 'key-a', 2);
      world.timePasses();
      world.resolver('resolver');
    }),
  },
  {
    name: 'two callers with different keys ask for all that is left',
    scenario: scenarioOf({ fates: NETWORK, misfortunes: 1 }, (world) => {
      world.caller('a', 'key-a', undefined);
      world.caller('b', 'key-b', 2);
    }),
  },
  {
    name: 'two callers with the same key, and the provider refuses one of their requests',
    scenario: scenarioOf(
      { fates: ['answered', 'late', 'refused_by_pg', 'not_sent'], misfortunes: 2 },
      (world) => {
        world.caller('a', 'key', 2);
        world.caller('b', 'key', 2);
      },
    ),
  },
  {
    name: 'a caller, a cancel in the console and a webhook',
    scenario: scenarioOf({ fates: ['answered', 'answer_lost', 'late'], misfortunes: 1 }, (world) => {
      world.caller('a', 'key-a', 2);
      world.consoleCancel(1);
      world.webhook('webhook');
    }),
  },
  {
    name: 'a request that hangs, the quiet period, and a resolver that sends it again',
    scenario: scenarioOf(
      { fates: ['answered', 'late', 'lost', 'not_sent', 'refused_by_pg'], misfortunes: 2 },
      (world) => {
        world.caller('a', 'key-a', 2);
        world.timePasses();
        world.resolver('resolver');
      },
    ),
  },
  {
    name: 'an abandoned refund and two resolvers',
    scenario: scenarioOf(
      { fates: ['answered', 'late', 'refused_by_pg'], misfortunes: 2, abandoned: true },
      (world) => {
        world.resolver('resolver 1');
        world.resolver('resolver 2');
      },
    ),
  },
  {
    name: 'two cancels in the console and two webhooks that overtake each other',
    scenario: scenarioOf({ fates: ['answered'], misfortunes: 0 }, (world) => {
      world.consoleCancel(1);
      world.consoleCancel(1);
      world.webhook('webhook 1');
      world.webhook('webhook 2');
    }),
  },
  {
    name: 'a caller dies, two resolvers overlap, the quiet period goes by and a request is refused',
    scenario: scenarioOf(
      { fates: ['answered', 'late', 'lost', 'refused_by_pg'], misfortunes: 2, crashes: 1 },
      (world) => {
        world.caller('a', 'key-a', 2);
        world.timePasses();
        world.resolver('resolver 1');
        world.resolver('resolver 2');
      },
    ),
  },
  {
    name: 'an asynchronous PG accepts, books later, and the quiet period goes by',
    scenario: scenarioOf(ASYNCHRONOUS, (world) => {
      world.caller('a', 'key-a', 2);
      world.timePasses();
      world.resolver('resolver');
      world.caller('b', 'key-b', 1);
    }),
  },
  {
    name: 'a caller whose refund a resolver settles while the next caller is already there',
    scenario: scenarioOf({ fates: ['answered', 'answer_lost'], misfortunes: 1 }, (world) => {
      world.caller('a', 'key-a', 2);
      world.resolver('resolver');
      world.caller('b', 'key-b', 1);
    }),
  },
  {
    name: 'a PG that drops our tag, and two callers with the same amount',
    scenario: scenarioOf(
      { fates: ['answered', 'answer_lost'], misfortunes: 1, dropsReasons: true },
      (world) => {
        world.caller('a', 'key-a', 2);
        world.caller('b', 'key-b', 2);
        world.resolver('resolver');
      },
    ),
  },
];

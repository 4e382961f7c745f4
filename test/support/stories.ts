import type { Run, Scenario } from './explorer.ts';
import { promisesAreKept } from './promises.ts';
import { DRIFT_MS, ProtocolWorld, type WorldOptions } from './protocol-world.ts';
import { READINGS } from './readings.ts';
import { NETWORK, TABLE } from './scenario.ts';

const SENDS = [...NETWORK, 'refused_by_pg', 'two_step', 'two_step_lost'] as const;
const ASYNCHRONOUS = ['accepted', 'accepted_then_refused', 'accepted_lost', 'lost', 'not_sent'] as const;

/** The PGs of the stories: what they do with reasons, with the balance, and when they book. */
const PGS: readonly Partial<WorldOptions>[] = [
  { pgProvider: 'kcp', checksBalance: true },
  { pgProvider: 'nice' },
  { pgProvider: 'nice', reasons: 'dropped' },
  { pgProvider: 'nice', reasons: 'cut' },
  { pgProvider: 'kcp', checksBalance: true, reasons: 'tail' },
  { pgProvider: 'paypal_v2', sends: ASYNCHRONOUS },
];

const PAID = 9;

function oneOf<T>(run: Run, values: readonly T[]): T {
  const chosen = values[run.choose(values.length)];
  if (chosen === undefined) throw new Error('Bug: nothing to choose from');
  return chosen;
}

/** One thing that happens in a round, beside up to two others. */
function deed(run: Run, world: ProtocolWorld, at: string): void {
  const amount = (): number => 1 + run.choose(5);
  const deeds: readonly (() => void)[] = [
    () => world.caller(`caller ${at}`, oneOf(run, ['a', 'b', 'c']), amount()),
    () => world.caller(`caller ${at}`, oneOf(run, ['a', 'b', 'c']), undefined),
    () => world.caller(`staff ${at}`, oneOf(run, ['s', 't']), amount(), { staff: true }),
    () => world.resolver(`resolver ${at}`),
    () => world.webhook(`webhook ${at}`),
    () => world.reader(`reader ${at}`),
    () => world.timePasses(),
    () => world.timePasses(DRIFT_MS),
    () => world.consoleCancel(amount()),
    () => world.otherTool(amount()),
    () => world.pgDecides(),
    () => world.closer(`first ${at}`, 'a'),
    () => world.closer(`second ${at}`, 'a'),
  ];
  oneOf(run, deeds)();
}

/** Some hours at the shop: rounds of deeds at the same time, one round after the other, all of them choices of the run. */
export function story(): Scenario {
  return {
    crashes: 2,
    begin: async (run) => {
      const world = new ProtocolWorld(run, {
        sends: SENDS,
        writes: TABLE,
        reads: ['found', 'failed', ...READINGS],
        paid: PAID,
        ...oneOf(run, PGS),
        misfortunes: run.choose(6),
      });
      const rounds = 1 + run.choose(4);
      for (let round = 0; round < rounds; round += 1) {
        const deeds = 1 + run.choose(3);
        for (let index = 0; index < deeds; index += 1) deed(run, world, `${round}.${index}`);
        // The last round is played by the explorer itself.
        if (round + 1 < rounds) await run.play(() => world.state());
      }
      return { world: () => world.state(), check: async () => promisesAreKept(world) };
    },
  };
}

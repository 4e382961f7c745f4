import { READINGS, SENDS, type SendFate } from './adversity-of-provider.ts';
import { WRITES } from './adversity.ts';
import type { Run, Scenario } from './explorer.ts';
import { REASONS } from './model-provider.ts';
import { booksAreListed, promisesAreKept } from './promises.ts';
import { begin } from './protocol-actors.ts';
import { ProtocolWorld, type WorldOptions } from './protocol-world.ts';

/** Not here: what breaks an assumption, and what no story's end can explain. */
const ELSEWHERE: ReadonlySet<string> = new Set(['much_later', 'hidden_lost', 'lost_by_iamport']);
const isLater = (fate: SendFate): boolean => fate.includes('accepted');
const ALL = (Object.keys(SENDS) as SendFate[]).filter((fate) => !ELSEWHERE.has(fate));
const AT_ONCE = ALL.filter((fate) => !isLater(fate));
const ASYNCHRONOUS: readonly SendFate[] = [...ALL.filter(isLater), 'lost', 'not_sent'];

/** A part that is executed, refused and shown without our tag cannot be told from another's cancel: P4 does not hold there. */
const WITHOUT_TAGS = AT_ONCE.filter((fate) => fate !== 'part_refused');

/** The PGs of the stories: what they do with reasons and ids, and when they book. */
const PGS: readonly Partial<WorldOptions>[] = [
  ...REASONS.map((reasons) => ({
    pgProvider: 'nice',
    reasons,
    sends: reasons === 'kept' ? AT_ONCE : WITHOUT_TAGS,
  })),
  { pgProvider: 'kcp', reasons: 'dropped', hasNoIds: true, sends: WITHOUT_TAGS },
  { pgProvider: 'html5_inicis', hasNoIds: true },
  { pgProvider: 'paypal_v2', sends: ASYNCHRONOUS },
  { pgProvider: 'kicc_v2', payMethod: 'wechat', reasons: 'dropped', sends: ASYNCHRONOUS },
];

const PAID = 9;

function oneOf<T>(run: Run, values: readonly T[]): T {
  const chosen = values[run.choose(values.length)];
  if (chosen === undefined) throw new Error('Bug: nothing to choose from');
  return chosen;
}

/** What one actor does in a round. */
function oneAct(run: Run): string {
  const amount = (): number => 1 + run.choose(5);
  const key = (): string => oneOf(run, ['a', 'b', 'c']);
  const acts: readonly (() => string)[] = [
    () => `caller ${key()} ${amount()}`,
    () => `caller ${key()}`,
    () => `by_imp_uid ${key()} ${amount()}`,
    () => `press ${amount()}`,
    () => `staff ${oneOf(run, ['s', 't'])} ${amount()}`,
    () => 'resolver',
    () => 'webhook',
    () => 'reader',
    () => `asker ${key()}`,
    () => 'quiet_period',
    () => 'half_a_minute',
    () => 'drift_time',
    () => `console ${amount()}`,
    () => `other_tool ${amount()}`,
    () => 'pg_decides',
    () => 'closer a',
    () => 'closer a',
    () => 'history_reveals',
    () => 'owner_changes',
  ];
  return oneOf(run, acts)();
}

/** Some hours at the shop: rounds of concurrent acts, one round after the other, each a choice of the run. */
export function story(): Scenario {
  return {
    crashes: 2,
    begin: async (run) => {
      const world = new ProtocolWorld(run, {
        sends: AT_ONCE,
        writes: WRITES,
        looks: ['found', 'failed', 'missing', ...READINGS],
        readsFail: run.choose(4) === 3,
        paid: PAID,
        isNew: run.choose(4) === 3,
        ...oneOf(run, PGS),
        misfortunes: run.choose(6),
      });
      await world.begin();
      const rounds = 1 + run.choose(4);
      for (let round = 0; round < rounds; round += 1) {
        const acts = 1 + run.choose(3);
        for (let index = 0; index < acts; index += 1) begin(world, oneAct(run), `${round}.${index}`);
        // The explorer plays the last round.
        if (round + 1 < rounds) await run.play(() => world.state());
      }
      const check = async (): Promise<void> => {
        await promisesAreKept(world);
        await booksAreListed(world);
      };
      return { world: () => world.state(), check };
    },
  };
}

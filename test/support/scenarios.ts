import { READINGS } from './adversity-of-provider.ts';
import { WRITES } from './adversity.ts';
import type { Scenario } from './explorer.ts';
import { promisesAreKept } from './promises.ts';
import { begin } from './protocol-actors.ts';
import { AFTER_QUIET_MS, BETWEEN_LOOKS_MS, ProtocolWorld, type WorldOptions } from './protocol-world.ts';

export interface NamedScenario {
  readonly name: string;
  readonly scenario: Scenario;
}

const NETWORK = ['answered', 'answer_lost', 'lost', 'late', 'not_sent'] as const;

/** @default one failure; each cancel is answered; nobody crashes */
type Options = Partial<WorldOptions> & { readonly crashes?: number };
/** What the actors do, at the same time unless one waits for another (protocol-actors.ts), and what may fail. */
type Row = readonly [script: string, options: Options];

function played(script: string, { crashes = 0, ...options }: Options): Scenario {
  return {
    crashes,
    begin: async (run) => {
      const world = new ProtocolWorld(run, { sends: ['answered'], misfortunes: 1, ...options });
      await world.begin();
      for (const [index, act] of script.split(', ').entries()) begin(world, act, index + 1);
      return { world: () => world.state(), check: async () => promisesAreKept(world) };
    },
  };
}

const LOOKS = ['found', ...READINGS] as const;

/** Claimed longer than G ago by a worker that died before sending. */
const ABANDONED = { agoMs: AFTER_QUIET_MS, request: 'never_sent' } as const;
/** A first look found nothing, long enough ago. */
const LOOKED = { ...ABANDONED, lookedAgoMs: BETWEEN_LOOKS_MS } as const;

function restored(request: 'executed' | 'lost' | 'under_way'): Readonly<Record<string, Row>> {
  const name = `a restored table lacks the refund in flight, which is ${request}: its key, another request, a webhook and the schedule`;
  const script = 'caller a 2, caller b 1, webhook, quiet_period, resolver, half_a_minute, resolver';
  return {
    [name]: [script, { misfortunes: 0, crashes: 1, begins: { agoMs: 30_000, request, isTorn: true } }],
  };
}

/** The small cases that cover every row of the protocol; the long run explores each completely. */
const TABLE: Readonly<Record<string, Row>> = {
  // Rows 0 to 6 and 9, and concurrent requests.
  'one caller dies at any point, and time passes': [
    'caller a 2, quiet_period, resolver',
    { sends: NETWORK, crashes: 1 },
  ],
  'two callers with different keys ask for all that is left': ['caller a, caller b 2', { sends: NETWORK }],
  'two callers with the same key, and the provider refuses one of their requests': [
    'caller a 2, caller a 2',
    { sends: ['answered', 'late', 'refused_by_pg', 'not_sent'], misfortunes: 2 },
  ],
  'a key used by order number and by imp_uid names one refund': [
    'caller a 2, by_imp_uid a 2',
    { sends: ['answered', 'answer_lost', 'not_sent'] },
  ],
  'an equal request sent twice without a key': [
    'press 2, press 2',
    { sends: ['answered', 'answer_lost', 'refused_by_pg', 'not_sent'], isPressedTwice: true },
  ],
  'a caller, a cancel in the console and a webhook': [
    'caller a 2, console 1, webhook',
    { sends: ['answered', 'answer_lost', 'late'] },
  ],
  'checked, a console cancel and its webhook come between, then booked': [
    'caller a 2, console 1, webhook, quiet_period',
    { sends: ['two_step', 'two_step_lost'] },
  ],
  'every write of one request is lost or delayed': [
    'caller a',
    { sends: ['answered', 'not_sent', 'refused_by_pg', 'answer_lost'], writes: WRITES, misfortunes: 2 },
  ],
  'a claim is lost or delayed while others look': [
    'caller a, resolver, quiet_period',
    { sends: ['answered', 'not_sent'], writes: WRITES, writesOf: ['claim'], misfortunes: 2 },
  ],
  'a claim arrives late, after another refund has started and ended': [
    'caller a 2, caller b 1',
    {
      sends: ['answered', 'refused_by_pg'],
      writes: ['applied', 'late', 'at_the_end', 'hanging'],
      writesOf: ['claim'],
      misfortunes: 3,
    },
  ],
  'claims and releases are lost or delayed, and the key is used again': [
    'caller a 2, caller a 2',
    {
      sends: ['not_sent', 'answered'],
      writes: ['applied', 'answer_lost', 'late', 'copied'],
      writesOf: ['claim', 'not_sent'],
      misfortunes: 3,
    },
  ],
  'reads of the tables fail before and after the claim': [
    'caller a 2, console 1',
    { sends: ['answered', 'answer_lost', 'refused_by_pg'], readsFail: true, misfortunes: 2 },
  ],
  'the provider cannot be read, or knows no such payment': [
    'caller a 2, console 1, quiet_period, resolver',
    { sends: ['answered', 'refused_by_pg'], looks: ['found', 'failed', 'missing'], misfortunes: 3 },
  ],
  'another tool cancels the same amount without a reason, while ours is refused or lost': [
    'caller a 2, other_tool 2, quiet_period, resolver',
    {
      sends: ['answered', 'answer_lost', 'lost'],
      looks: ['found', 'failed'],
      misfortunes: 2,
      pgProvider: 'nice',
    },
  ],
  'an answer that does not show our entry yet': [
    'caller a 2, caller b 2, quiet_period, resolver',
    { sends: ['answered', 'stale_answer'] },
  ],
  'the order becomes somebody else’s during a request': [
    'caller a 2, owner_changes, caller a 2',
    { sends: ['answered', 'lost'], writes: ['applied', 'answer_lost', 'conflict'], misfortunes: 2 },
  ],
  'a customer and staff want the same money, and staff wait for the refund in flight': [
    'caller a 3, staff b 3',
    { sends: ['answered', 'answer_lost', 'not_sent'] },
  ],
  'an order paid twice: by order number and by imp_uid with one key': [
    'by_imp_uid a, by_order a, of_other_payment a',
    { sends: ['answered', 'answer_lost'], isPaidTwice: true },
  ],
  'a payment that the ledger lacks is imported once by several requests': [
    'caller a 2, console 1, webhook',
    {
      sends: ['answered', 'answer_lost'],
      writes: ['applied', 'answer_lost', 'late', 'conflict', 'refused'],
      misfortunes: 2,
      isNew: true,
    },
  ],
  'refusals that prove nothing, and others that end the request': [
    'caller a 2, quiet_period, resolver, caller b 1',
    {
      sends: [
        'under_way_booked',
        'under_way_never',
        'already_executed',
        'already_cancelled',
        'refused_by_pg',
        'refused_401',
      ],
      looks: ['found', 'stale', 'failed'],
      misfortunes: 2,
      pgProvider: 'kcp',
    },
  ],
  // Rows 7, 8 and 8': the end of a refund in doubt, and foreign cancels.
  'a request that hangs, the quiet period, two looks, and the key once more': [
    'caller a 2, quiet_period, resolver, half_a_minute, resolver, caller a 2',
    { sends: ['answered', 'late', 'lost'] },
  ],
  'a claim that was never sent: two resolvers, a reader and a caller look at it': [
    'resolver, half_a_minute, resolver, reader',
    { misfortunes: 0, begins: ABANDONED },
  ],
  'a claim that was never sent, stale looks, and another request': [
    'resolver, half_a_minute, caller b 1, console 1',
    { sends: ['answered', 'answer_lost'], looks: LOOKS, misfortunes: 2, begins: ABANDONED },
  ],
  'every write of a resolver is lost or delayed': [
    'resolver, half_a_minute, resolver, caller b 1',
    { writes: WRITES, misfortunes: 2, begins: ABANDONED },
  ],
  ...restored('executed'),
  ...restored('lost'),
  ...restored('under_way'),
  'a late execution, and one stale look (P7)': [
    'caller a 2, quiet_period, resolver, half_a_minute, resolver',
    { sends: ['answer_lost', 'late'], looks: ['found', 'stale'], isPrompt: true },
  ],
  'a PG that drops reasons, and looks of which two are wrong': [
    'caller a 2, quiet_period, resolver, webhook',
    { sends: ['answer_lost', 'lost'], looks: LOOKS, misfortunes: 2, reasons: 'dropped', pgProvider: 'nice' },
  ],
  'a PG that drops reasons, and a webhook that read the ledger before the claim': [
    'webhook, caller a 2, quiet_period, resolver',
    { sends: ['answer_lost', 'answered'], reasons: 'dropped', pgProvider: 'nice' },
  ],
  'a PG that drops reasons, two callers and another tool with the same amount': [
    'caller a 2, caller b 2, other_tool 2',
    { sends: ['answered', 'answer_lost', 'two_step'], reasons: 'dropped', pgProvider: 'nice', paid: 6 },
  ],
  'a PG that cuts our tag and gives entries no id, after a cancel in the console': [
    'caller a 2, console 1, quiet_period, resolver',
    { sends: ['answered', 'two_step_lost'], reasons: 'cut', hasNoIds: true },
  ],
  'a PG that escapes our tag, and gives entries no id': [
    'caller a 2, other_tool 2, webhook',
    {
      sends: ['answered', 'answer_lost', 'lost'],
      looks: LOOKS,
      misfortunes: 2,
      reasons: 'escaped',
      hasNoIds: true,
    },
  ],
  'a PG that splits a refund into entries that appear one after the other': [
    'caller a 2, quiet_period, resolver, webhook',
    { sends: ['split', 'split_lost', 'part_refused'] },
  ],
  'a PG that splits a refund and drops reasons, and another tool with a part of it': [
    'caller a 2, other_tool 1, quiet_period, resolver',
    { sends: ['split', 'split_lost'], reasons: 'dropped' },
  ],
  'our entry shown late, beside another’s of the same amount': [
    'caller a 2, other_tool 2, history_reveals, webhook',
    { sends: ['hidden', 'hidden_lost', 'answered'], misfortunes: 2, pgProvider: 'nice' },
  ],
  'a stale look of a webhook is booked late, while a refund starts and ends': [
    'webhook, console 1, caller a 2',
    { sends: ['answered', 'refused_by_pg'], slowLooks: true },
  ],
  'two webhooks of two cancels in the console, whose looks and writes overtake each other': [
    'console 1, console 1, webhook, webhook',
    { writes: ['applied', 'answer_lost', 'late', 'copied', 'at_the_end'], slowLooks: true },
  ],
  'an asynchronous PG accepts, the console cancels, and the PG books or refuses later': [
    'caller a 2, console 1, quiet_period, resolver, pg_decides',
    {
      sends: ['accepted', 'accepted_then_refused', 'accepted_lost', 'under_way_accepted'],
      pgProvider: 'paypal_v2',
    },
  ],
  'an asynchronous PG (KICC’s WeChat), and the same request under another key': [
    'caller a 2, quiet_period, caller b 2, pg_decides',
    { sends: ['accepted_lost', 'accepted', 'lost'], pgProvider: 'kicc_v2', payMethod: 'wechat', crashes: 1 },
  ],
  'an asynchronous PG that a deployer has named accepts, and another tool takes the same amount': [
    'caller a 2, other_tool 2, pg_decides, webhook',
    { sends: ['accepted', 'accepted_then_refused'], pgProvider: 'new_pg', pgsThatCancelLater: ['new_pg'] },
  ],
  'a caller who was told 202 reads the refund while it is resolved': [
    'caller a 2, quiet_period, asker a',
    { sends: NETWORK, writes: ['applied', 'at_the_end', 'late'], writesOf: ['claim'] },
  ],
  'a promotion: entries with another sum than was asked, and a second refund': [
    'caller a 1000, caller b 500, quiet_period, resolver',
    { sends: ['answered', 'answer_lost', 'lost'], paid: 2_000, shows: 70, reasons: 'kept' },
  ],
  'a promotion at a PG that drops reasons': [
    'caller a 1000, caller b, quiet_period, resolver',
    { sends: ['answered', 'answer_lost'], paid: 2_000, shows: 70, reasons: 'dropped' },
  ],
  'a cancel that the PG has executed and i’mport has lost': [
    'caller a 2, quiet_period, resolver, caller b 2',
    { sends: ['lost_by_iamport', 'already_cancelled'] },
  ],
  'G is broken: a refund told as not executed is executed, and the refund is corrected': [
    'caller a 2, quiet_period, resolver, half_a_minute, resolver, webhook',
    { sends: ['much_later', 'late', 'two_step_lost'], isBroken: true },
  ],
  'G is broken, and writes of the correction are lost or delayed': [
    'caller a 2, quiet_period, resolver, half_a_minute, resolver, late_arrivals, webhook',
    {
      sends: ['much_later'],
      writes: WRITES,
      writesOf: ['correct', 'finish', 'book', 'elsewhere'],
      misfortunes: 2,
      isBroken: true,
      isPrompt: true,
    },
  ],
  'looks before the end of G, half a minute apart': [
    'resolver, half_a_minute, resolver, half_a_minute, reader',
    { misfortunes: 0, begins: { agoMs: 5_000, request: 'under_way' } },
  ],
  'a lost answer, and stale looks at a short interval after G': [
    'resolver, ten_seconds, resolver, ten_seconds, reader',
    { looks: ['found', 'stale'], misfortunes: 3, begins: { agoMs: AFTER_QUIET_MS, request: 'executed' } },
  ],
  'the key is used again while a look at its first claim is in progress': [
    'resolver, caller a 2',
    { sends: ['answered', 'answer_lost'], begins: { ...LOOKED, isBeingReleased: true } },
  ],
  'G is broken: the refund is executed while the second look finds nothing, and a third finds it': [
    'resolver, webhook, caller b 1',
    {
      writes: ['applied', 'late', 'answer_lost'],
      writesOf: ['finish', 'correct'],
      isBroken: true,
      begins: { ...LOOKED, request: 'under_way' },
    },
  ],
  'G is broken, and the same is requested again with the same key and with another': [
    'resolver, half_a_minute, caller a 2, caller b 1',
    { sends: ['much_later', 'late'], isBroken: true, begins: ABANDONED },
  ],
  'a synchronous PG that unexpectedly accepts first and books much later': [
    'caller a 2, quiet_period, resolver, half_a_minute, caller b 2, pg_decides',
    { sends: ['accepted', 'accepted_then_refused'], isBroken: true, isPrompt: true },
  ],
  // Rows 10 and 11: closings by two people.
  'two people close a refund in drift, while it is looked at and the PG books late': [
    'caller a 2, drift_time, pg_decides, closer a, closer a, resolver',
    { sends: ['accepted', 'accepted_then_refused', 'accepted_lost'], pgProvider: 'paypal_v2' },
  ],
  'every write of people is lost or delayed': [
    'caller a 2, drift_time, pg_decides, closer a, closer a',
    {
      sends: ['accepted_then_refused', 'accepted'],
      writes: WRITES,
      writesOf: ['note', 'finish'],
      pgProvider: 'paypal_v2',
    },
  ],
  'two people close an untagged entry beside another tool’s of the same amount': [
    'caller a 2, other_tool 2, drift_time, closer a, closer a',
    { sends: ['answer_lost', 'lost'], reasons: 'dropped', hasNoIds: true, isPrompt: true },
  ],
  'two people close a refund whose entry is shown only afterwards': [
    'caller a 2, drift_time, closer a, closer a, history_reveals',
    { sends: ['hidden_lost', 'hidden'], isPrompt: true },
  ],
  'two people close a refund whose entry is never shown': [
    'caller a 2, drift_time, closer a, closer a, caller b 1',
    { sends: ['hidden_lost'], looks: ['found', 'failed'], hidesForEver: true, isPrompt: true },
  ],
  'two people close a refund whose entry is shown later, without its tag': [
    'caller a 2, drift_time, closer a, closer a, history_reveals',
    { sends: ['hidden_lost', 'hidden'], reasons: 'dropped', isPrompt: true },
  ],
  'people who name the console’s cancel are refused': [
    'caller a 2, console 2, drift_time, mistaken a, mistaken a',
    { sends: ['answer_lost', 'lost'], reasons: 'dropped', isPrompt: true },
  ],
  'the PG undoes a cancel, and two people close it as undone while others look and ask': [
    'caller a 2, pg_undoes, webhook, half_a_minute, undoer a, undoer a',
    { misfortunes: 0, isPrompt: true },
  ],
  'the PG undoes two cancels, and the money is requested again during the closing': [
    'caller a 2, caller b 1, pg_undoes, pg_undoes, webhook, half_a_minute, undoer a',
    { misfortunes: 0, isPrompt: true },
  ],
  'the PG undoes a cancel that stays in the history, and the money is requested again': [
    'caller a 2, pg_undoes, webhook, half_a_minute, caller b 3, undoer a',
    { misfortunes: 0, keepsUndone: true, isPrompt: true },
  ],
};

/** A schedule's number ends with the index of its scenario. */
export const SCENARIOS: readonly NamedScenario[] = Object.entries(TABLE).map(([name, [script, options]]) => ({
  name,
  scenario: played(script, options),
}));

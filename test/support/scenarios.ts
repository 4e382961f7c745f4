import { AFTER_QUIET_MS, BETWEEN_LOOKS_MS } from './protocol-world.ts';
import { READINGS } from './readings.ts';
import { NETWORK, scenario, TABLE, type NamedScenario } from './scenario.ts';

const LOOKS = ['found', ...READINGS] as const;

/** Claimed longer than G ago by a worker that died before it sent anything. */
const ABANDONED = { agoMs: AFTER_QUIET_MS, request: 'never_sent' } as const;
/** A first look has found nothing of it, long enough ago. */
const LOOKED = { ...ABANDONED, lookedAgoMs: BETWEEN_LOOKS_MS } as const;

/**
 * The small cases that hold every row of the protocol: who does what (scenario.ts), and what may happen to it. Each is explored
 * completely in the long form. A schedule's number ends with its scenario's place in this list.
 */
export const SCENARIOS: readonly NamedScenario[] = [
  // Rows 0 to 6 and 9, and what a request meets that comes at the same time.
  scenario('one caller dies at any point, and time passes', 'caller a 2, quiet_period, resolver', {
    sends: NETWORK,
    crashes: 1,
  }),
  scenario('two callers with different keys ask for all that is left', 'caller a, caller b 2', {
    sends: NETWORK,
  }),
  scenario(
    'two callers with the same key, and the provider refuses one of their requests',
    'caller a 2, caller a 2',
    { sends: ['answered', 'late', 'refused_by_pg', 'not_sent'], misfortunes: 2 },
  ),
  scenario('the same key by order number and by imp_uid is one refund', 'caller a 2, by_imp_uid a 2', {
    sends: ['answered', 'answer_lost', 'not_sent'],
  }),
  scenario('a button pressed twice, without a key', 'press 2, press 2', {
    sends: ['answered', 'answer_lost', 'refused_by_pg', 'not_sent'],
    isPressedTwice: true,
  }),
  scenario('a caller, a cancel in the console and a webhook', 'caller a 2, console 1, webhook', {
    sends: ['answered', 'answer_lost', 'late'],
  }),
  scenario(
    'checked, a console cancel and its webhook come between, then booked',
    'caller a 2, console 1, webhook, quiet_period',
    { sends: ['two_step', 'two_step_lost'] },
  ),
  scenario('every write of one request goes astray', 'caller a', {
    sends: ['answered', 'not_sent', 'refused_by_pg', 'answer_lost'],
    writes: TABLE,
    misfortunes: 2,
  }),
  scenario('a claim goes astray while others look', 'caller a, resolver, quiet_period', {
    sends: ['answered', 'not_sent'],
    writes: TABLE,
    writesOf: ['claim'],
    misfortunes: 2,
  }),
  scenario(
    'a claim arrives for the first time when another refund has come and gone',
    'caller a 2, caller b 1',
    {
      sends: ['answered', 'refused_by_pg'],
      writes: ['applied', 'late', 'at_the_end', 'hanging'],
      writesOf: ['claim'],
      misfortunes: 3,
    },
  ),
  scenario('claims and releases go astray, and the key is used again', 'caller a 2, caller a 2', {
    sends: ['not_sent', 'answered'],
    writes: ['applied', 'answer_lost', 'late', 'copied'],
    writesOf: ['claim', 'not_sent'],
    misfortunes: 3,
  }),
  scenario('reads of the tables fail before and after the claim', 'caller a 2, console 1', {
    sends: ['answered', 'answer_lost', 'refused_by_pg'],
    readsFail: true,
    misfortunes: 2,
  }),
  scenario(
    'the provider cannot be read, or knows no such payment',
    'caller a 2, console 1, quiet_period, resolver',
    { sends: ['answered', 'refused_by_pg'], looks: ['found', 'failed', 'missing'], misfortunes: 3 },
  ),
  scenario(
    'another tool takes the same amount, with no reason, while ours is refused or lost',
    'caller a 2, other_tool 2, quiet_period, resolver',
    {
      sends: ['answered', 'answer_lost', 'lost'],
      looks: ['found', 'failed'],
      misfortunes: 2,
      pgProvider: 'nice',
    },
  ),
  scenario('an answer that does not show our entry yet', 'caller a 2, caller b 2, quiet_period, resolver', {
    sends: ['answered', 'stale_answer'],
  }),
  scenario('the order becomes somebody else’s during a request', 'caller a 2, owner_changes, caller a 2', {
    sends: ['answered', 'lost'],
    writes: ['applied', 'answer_lost', 'conflict'],
    misfortunes: 2,
  }),
  scenario('a customer and staff want the same money, and staff wait in line', 'caller a 3, staff b 3', {
    sends: ['answered', 'answer_lost', 'not_sent'],
  }),
  scenario(
    'an order that was paid twice: by order number, and one payment by name, with one key',
    'by_imp_uid a, by_order a, of_other_payment a',
    { sends: ['answered', 'answer_lost'], isPaidTwice: true },
  ),
  scenario(
    'a payment that the ledger lacks is imported by all who meet it, and once',
    'caller a 2, console 1, webhook',
    {
      sends: ['answered', 'answer_lost'],
      writes: ['applied', 'answer_lost', 'late', 'conflict', 'refused'],
      misfortunes: 2,
      isNew: true,
    },
  ),
  scenario('refusals that are none, and others that are', 'caller a 2, quiet_period, resolver, caller b 1', {
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
  }),
  // Rows 7, 8 and 8': what becomes of a refund in doubt, and of what others cancel.
  scenario(
    'a request that hangs, the quiet period, two looks, and the key once more',
    'caller a 2, quiet_period, resolver, half_a_minute, resolver, caller a 2',
    { sends: ['answered', 'late', 'lost'] },
  ),
  scenario(
    'a claim that nobody carried out: two resolvers, a reader and a caller look at it',
    'resolver, half_a_minute, resolver, reader',
    { misfortunes: 0, begins: ABANDONED },
  ),
  scenario(
    'a claim that nobody carried out, looks that are stale, and another request',
    'resolver, half_a_minute, caller b 1, console 1',
    { sends: ['answered', 'answer_lost'], looks: LOOKS, misfortunes: 2, begins: ABANDONED },
  ),
  scenario('every write of a resolver goes astray', 'resolver, half_a_minute, resolver, caller b 1', {
    writes: TABLE,
    misfortunes: 2,
    begins: ABANDONED,
  }),
  ...(['executed', 'lost', 'under_way'] as const).map((request) =>
    scenario(
      `a restored table lacks the refund in flight, which is ${request}: its key, another request, a webhook and the schedule`,
      'caller a 2, caller b 1, webhook, quiet_period, resolver, half_a_minute, resolver',
      { misfortunes: 0, crashes: 1, begins: { agoMs: 30_000, request, isTorn: true } },
    ),
  ),
  scenario(
    'executed late, and looks of which one is stale (P7)',
    'caller a 2, quiet_period, resolver, half_a_minute, resolver',
    { sends: ['answer_lost', 'late'], looks: ['found', 'stale'], isPrompt: true },
  ),
  scenario(
    'a PG that drops reasons, and looks of which two are untidy',
    'caller a 2, quiet_period, resolver, webhook',
    { sends: ['answer_lost', 'lost'], looks: LOOKS, misfortunes: 2, reasons: 'dropped', pgProvider: 'nice' },
  ),
  scenario(
    'a PG that drops reasons, and a webhook that read the ledger before the claim',
    'webhook, caller a 2, quiet_period, resolver',
    { sends: ['answer_lost', 'answered'], reasons: 'dropped', pgProvider: 'nice' },
  ),
  scenario(
    'a PG that drops reasons, two callers and another tool with the same amount',
    'caller a 2, caller b 2, other_tool 2',
    {
      sends: ['answered', 'answer_lost', 'two_step'],
      reasons: 'dropped',
      pgProvider: 'nice',
      paid: 6,
    },
  ),
  scenario(
    'a PG that cuts our tag and gives entries no id, behind a cancel in the console',
    'caller a 2, console 1, quiet_period, resolver',
    { sends: ['answered', 'two_step_lost'], reasons: 'cut', hasNoIds: true },
  ),
  scenario('a PG that escapes our tag, and gives entries no id', 'caller a 2, other_tool 2, webhook', {
    sends: ['answered', 'answer_lost', 'lost'],
    looks: LOOKS,
    misfortunes: 2,
    reasons: 'escaped',
    hasNoIds: true,
  }),
  scenario(
    'a PG that splits a refund into entries that appear one after the other',
    'caller a 2, quiet_period, resolver, webhook',
    { sends: ['split', 'split_lost', 'part_refused'] },
  ),
  scenario(
    'a PG that splits a refund and drops reasons, and another tool with a part of it',
    'caller a 2, other_tool 1, quiet_period, resolver',
    { sends: ['split', 'split_lost'], reasons: 'dropped' },
  ),
  scenario(
    'an own entry shown late, beside another’s of the same amount',
    'caller a 2, other_tool 2, history_reveals, webhook',
    { sends: ['hidden', 'hidden_lost', 'answered'], misfortunes: 2, pgProvider: 'nice' },
  ),
  scenario(
    'a stale look of a webhook is booked late, while a refund comes and goes',
    'webhook, console 1, caller a 2',
    { sends: ['answered', 'refused_by_pg'], slowLooks: true },
  ),
  scenario(
    'two webhooks of two cancels in the console, whose looks and writes overtake each other',
    'console 1, console 1, webhook, webhook',
    {
      writes: ['applied', 'answer_lost', 'late', 'copied', 'at_the_end'],
      slowLooks: true,
    },
  ),
  scenario(
    'an asynchronous PG accepts, the console cancels, and the PG books or refuses later',
    'caller a 2, console 1, quiet_period, resolver, pg_decides',
    {
      sends: ['accepted', 'accepted_then_refused', 'accepted_lost', 'under_way_accepted'],
      pgProvider: 'paypal_v2',
    },
  ),
  scenario(
    'an asynchronous PG (KICC’s WeChat), and the same is asked for again under another key',
    'caller a 2, quiet_period, caller b 2, pg_decides',
    {
      sends: ['accepted_lost', 'accepted', 'lost'],
      pgProvider: 'kicc_v2',
      payMethod: 'wechat',
      crashes: 1,
    },
  ),
  scenario(
    'an asynchronous PG that a deployer has named accepts, and another tool takes the same amount',
    'caller a 2, other_tool 2, pg_decides, webhook',
    {
      sends: ['accepted', 'accepted_then_refused'],
      pgProvider: 'new_pg',
      pgsThatCancelLater: ['new_pg'],
    },
  ),
  scenario(
    'whoever was told 202 asks for the refund while it is resolved',
    'caller a 2, quiet_period, asker a',
    { sends: NETWORK, writes: ['applied', 'at_the_end', 'late'], writesOf: ['claim'] },
  ),
  scenario(
    'a promotion: entries of another sum than was asked, and a second refund',
    'caller a 1_000, caller b 500, quiet_period, resolver',
    { sends: ['answered', 'answer_lost', 'lost'], paid: 2_000, shows: 70, reasons: 'kept' },
  ),
  scenario('a promotion at a PG that drops reasons', 'caller a 1_000, caller b, quiet_period, resolver', {
    sends: ['answered', 'answer_lost'],
    paid: 2_000,
    shows: 70,
    reasons: 'dropped',
  }),
  scenario(
    'a cancel that the PG has executed and i’mport has lost',
    'caller a 2, quiet_period, resolver, caller b 2',
    { sends: ['lost_by_iamport', 'already_cancelled'] },
  ),
  scenario(
    'G is broken: a request told as not executed is executed after all, and the record is corrected',
    'caller a 2, quiet_period, resolver, half_a_minute, resolver, webhook',
    { sends: ['much_later', 'late', 'two_step_lost'], isBroken: true },
  ),
  scenario(
    'G is broken, and writes that correct the record go astray',
    'caller a 2, quiet_period, resolver, half_a_minute, resolver, late_arrivals, webhook',
    {
      sends: ['much_later'],
      writes: TABLE,
      writesOf: ['correct', 'finish', 'book', 'elsewhere'],
      misfortunes: 2,
      isBroken: true,
      isPrompt: true,
    },
  ),
  scenario(
    'looks before G is over, half a minute apart',
    'resolver, half_a_minute, resolver, half_a_minute, reader',
    { misfortunes: 0, begins: { agoMs: 5_000, request: 'under_way' } },
  ),
  scenario(
    'an answer that is lost, and stale looks shortly after each other, after G',
    'resolver, ten_seconds, resolver, ten_seconds, reader',
    {
      looks: ['found', 'stale'],
      misfortunes: 3,
      begins: { agoMs: AFTER_QUIET_MS, request: 'executed' },
    },
  ),
  scenario(
    'the key is used again while a look at its first claim is still on its way',
    'resolver, caller a 2',
    { sends: ['answered', 'answer_lost'], begins: { ...LOOKED, isBeingReleased: true } },
  ),
  scenario(
    'G is broken: it is executed while the second look finds nothing, and a third finds it',
    'resolver, webhook, caller b 1',
    {
      writes: ['applied', 'late', 'answer_lost'],
      writesOf: ['finish', 'correct'],
      isBroken: true,
      begins: { ...LOOKED, request: 'under_way' },
    },
  ),
  scenario(
    'G is broken, and the same is asked for again with the same key and with another',
    'resolver, half_a_minute, caller a 2, caller b 1',
    { sends: ['much_later', 'late'], isBroken: true, begins: ABANDONED },
  ),
  scenario(
    'a synchronous PG that nobody knew to accept and book much later',
    'caller a 2, quiet_period, resolver, half_a_minute, caller b 2, pg_decides',
    { sends: ['accepted', 'accepted_then_refused'], isBroken: true, isPrompt: true },
  ),
  // Rows 10 and 11: what two people end.
  scenario(
    'two people close what is in drift, while it is looked at and the PG books late',
    'caller a 2, drift_time, pg_decides, closer a, closer a, resolver',
    {
      sends: ['accepted', 'accepted_then_refused', 'accepted_lost'],
      pgProvider: 'paypal_v2',
    },
  ),
  scenario('every write of people goes astray', 'caller a 2, drift_time, pg_decides, closer a, closer a', {
    sends: ['accepted_then_refused', 'accepted'],
    writes: TABLE,
    writesOf: ['note', 'finish'],
    pgProvider: 'paypal_v2',
  }),
  scenario(
    'two people close an untagged entry beside another tool’s of the same amount',
    'caller a 2, other_tool 2, drift_time, closer a, closer a',
    { sends: ['answer_lost', 'lost'], reasons: 'dropped', hasNoIds: true, isPrompt: true },
  ),
  scenario(
    'two people close a refund whose entry is not shown, and then it is',
    'caller a 2, drift_time, closer a, closer a, history_reveals',
    { sends: ['hidden_lost', 'hidden'], isPrompt: true },
  ),
  scenario(
    'two people close a refund whose entry is never shown',
    'caller a 2, drift_time, closer a, closer a, caller b 1',
    {
      sends: ['hidden_lost'],
      looks: ['found', 'failed'],
      hidesForEver: true,
      isPrompt: true,
    },
  ),
  scenario(
    'two people close a refund whose entry is shown later, without its tag',
    'caller a 2, drift_time, closer a, closer a, history_reveals',
    { sends: ['hidden_lost', 'hidden'], reasons: 'dropped', isPrompt: true },
  ),
  scenario(
    'people who name the console’s cancel are refused',
    'caller a 2, console 2, drift_time, mistaken a, mistaken a',
    { sends: ['answer_lost', 'lost'], reasons: 'dropped', isPrompt: true },
  ),
  scenario(
    'the PG undoes a cancel, and two people say so while others look and ask',
    'caller a 2, pg_undoes, webhook, half_a_minute, undoer a, undoer a',
    { misfortunes: 0, isPrompt: true },
  ),
  scenario(
    'the PG undoes two cancels, and the money is asked for while people say so',
    'caller a 2, caller b 1, pg_undoes, pg_undoes, webhook, half_a_minute, undoer a',
    { misfortunes: 0, isPrompt: true },
  ),
  scenario(
    'the PG undoes a cancel that stays in the history, and the money is asked for again',
    'caller a 2, pg_undoes, webhook, half_a_minute, caller b 3, undoer a',
    { misfortunes: 0, keepsUndone: true, isPrompt: true },
  ),
];

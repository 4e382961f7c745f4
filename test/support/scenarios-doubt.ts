import { AFTER_QUIET_MS, BETWEEN_LOOKS_MS } from './protocol-world.ts';
import { READINGS } from './readings.ts';
import { NETWORK, scenario, TABLE, type NamedScenario } from './scenario.ts';

const LOOKS = ['found', ...READINGS] as const;

/** Claimed longer than G ago by a worker that died before it sent anything. */
const ABANDONED = { agoMs: AFTER_QUIET_MS, request: 'never_sent' } as const;
/** A first look has found nothing of it, long enough ago. */
const LOOKED = { ...ABANDONED, lookedAgoMs: BETWEEN_LOOKS_MS } as const;

/** Rows 7, 8 and 8': what becomes of a refund in doubt, and of what others cancel. */
export const DOUBT_SCENARIOS: readonly NamedScenario[] = [
  scenario(
    'a request that hangs, the quiet period, two looks, and the key once more',
    { sends: ['answered', 'late', 'lost'], misfortunes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver 1');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.resolver('resolver 2');
      actors.caller('caller b', 'a', 2);
    },
  ),
  scenario(
    'a claim that nobody carried out: two resolvers, a reader and a caller look at it',
    { sends: ['answered'], misfortunes: 0, begins: ABANDONED },
    (actors) => {
      actors.resolver('resolver 1');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.resolver('resolver 2');
      actors.reader('reader');
    },
  ),
  scenario(
    'a claim that nobody carried out, looks that are stale, and another request',
    { sends: ['answered', 'answer_lost'], looks: LOOKS, misfortunes: 2, begins: ABANDONED },
    (actors) => {
      actors.resolver('resolver');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.caller('caller b', 'b', 1);
      actors.consoleCancel(1);
    },
  ),
  scenario(
    'every write of a resolver goes astray',
    { sends: ['answered'], writes: TABLE, misfortunes: 2, begins: ABANDONED },
    (actors) => {
      actors.resolver('resolver 1');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.resolver('resolver 2');
      actors.caller('caller b', 'b', 1);
    },
  ),
  ...(['executed', 'lost', 'under_way'] as const).map((request) =>
    scenario(
      `a restored table lacks the refund in flight, which is ${request}: its key, another request, a webhook and the schedule`,
      { sends: ['answered'], misfortunes: 0, crashes: 1, begins: { agoMs: 30_000, request, isTorn: true } },
      (actors) => {
        actors.caller('caller a', 'a', 2);
        actors.caller('caller b', 'b', 1);
        actors.webhook('webhook');
        actors.timePasses();
        actors.resolver('resolver 1');
        actors.timePasses(BETWEEN_LOOKS_MS);
        actors.resolver('resolver 2');
      },
    ),
  ),
  scenario(
    'executed late, and looks of which one is stale (P7)',
    { sends: ['answer_lost', 'late'], looks: ['found', 'stale'], misfortunes: 1, isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver 1');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.resolver('resolver 2');
    },
  ),
  scenario(
    'a PG that drops reasons, and looks of which two are untidy',
    { sends: ['answer_lost', 'lost'], looks: LOOKS, misfortunes: 2, reasons: 'dropped', pgProvider: 'nice' },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver');
      actors.webhook('webhook');
    },
  ),
  scenario(
    'a PG that drops reasons, and a webhook that read the ledger before the claim',
    { sends: ['answer_lost', 'answered'], misfortunes: 1, reasons: 'dropped', pgProvider: 'nice' },
    (actors) => {
      actors.webhook('webhook');
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'a PG that drops reasons, two callers and another tool with the same amount',
    {
      sends: ['answered', 'answer_lost', 'two_step'],
      misfortunes: 1,
      reasons: 'dropped',
      pgProvider: 'nice',
      paid: 6,
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.caller('caller b', 'b', 2);
      actors.otherTool(2);
    },
  ),
  scenario(
    'a PG that cuts our tag and gives entries no id, behind a cancel in the console',
    { sends: ['answered', 'two_step_lost'], misfortunes: 1, reasons: 'cut', hasNoIds: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.consoleCancel(1);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'a PG that escapes our tag, and gives entries no id',
    {
      sends: ['answered', 'answer_lost', 'lost'],
      looks: LOOKS,
      misfortunes: 2,
      reasons: 'escaped',
      hasNoIds: true,
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.otherTool(2);
      actors.webhook('webhook');
    },
  ),
  scenario(
    'a PG that splits a refund into entries that appear one after the other',
    { sends: ['split', 'split_lost', 'part_refused'], misfortunes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver');
      actors.webhook('webhook');
    },
  ),
  scenario(
    'a PG that splits a refund and drops reasons, and another tool with a part of it',
    { sends: ['split', 'split_lost'], misfortunes: 1, reasons: 'dropped' },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.otherTool(1);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'an own entry shown late, beside another’s of the same amount',
    { sends: ['hidden', 'hidden_lost', 'answered'], misfortunes: 2, pgProvider: 'nice' },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.otherTool(2);
      actors.reveals();
      actors.webhook('webhook');
    },
  ),
  scenario(
    'a stale look of a webhook is booked late, while a refund comes and goes',
    { sends: ['answered', 'refused_by_pg'], misfortunes: 1, slowLooks: true },
    (actors) => {
      actors.webhook('webhook');
      actors.consoleCancel(1);
      actors.caller('caller a', 'a', 2);
    },
  ),
  scenario(
    'two webhooks of two cancels in the console, whose looks and writes overtake each other',
    {
      sends: ['answered'],
      writes: ['applied', 'answer_lost', 'late', 'copied', 'at_the_end'],
      misfortunes: 1,
      slowLooks: true,
    },
    (actors) => {
      actors.consoleCancel(1);
      actors.consoleCancel(1);
      actors.webhook('webhook 1');
      actors.webhook('webhook 2');
    },
  ),
  scenario(
    'an asynchronous PG accepts, the console cancels, and the PG books or refuses later',
    {
      sends: ['accepted', 'accepted_then_refused', 'accepted_lost', 'under_way_accepted'],
      misfortunes: 1,
      pgProvider: 'paypal_v2',
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.consoleCancel(1);
      actors.timePasses();
      actors.resolver('resolver');
      actors.pgDecides();
    },
  ),
  scenario(
    'an asynchronous PG (KICC’s WeChat), and the same is asked for again under another key',
    {
      sends: ['accepted_lost', 'accepted', 'lost'],
      misfortunes: 1,
      pgProvider: 'kicc_v2',
      payMethod: 'wechat',
      crashes: 1,
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.caller('caller b', 'b', 2);
      actors.pgDecides();
    },
  ),
  scenario(
    'an asynchronous PG that a deployer has named accepts, and another tool takes the same amount',
    {
      sends: ['accepted', 'accepted_then_refused'],
      misfortunes: 1,
      pgProvider: 'new_pg',
      pgsThatCancelLater: ['new_pg'],
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.otherTool(2);
      actors.pgDecides();
      actors.webhook('webhook');
    },
  ),
  scenario(
    'whoever was told 202 asks for the refund while it is resolved',
    { sends: NETWORK, misfortunes: 1, writes: ['applied', 'at_the_end', 'late'], writesOf: ['claim'] },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.asker('asker', 'a');
    },
  ),
  scenario(
    'a promotion: entries of another sum than was asked, and a second refund',
    {
      sends: ['answered', 'answer_lost', 'lost'],
      misfortunes: 1,
      paid: 2_000,
      shows: 70,
      reasons: 'kept',
    },
    (actors) => {
      actors.caller('caller a', 'a', 1_000);
      actors.caller('caller b', 'b', 500);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'a promotion at a PG that drops reasons',
    { sends: ['answered', 'answer_lost'], misfortunes: 1, paid: 2_000, shows: 70, reasons: 'dropped' },
    (actors) => {
      actors.caller('caller a', 'a', 1_000);
      actors.caller('caller b', 'b', undefined);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'a cancel that the PG has executed and i’mport has lost',
    { sends: ['lost_by_iamport', 'already_cancelled'], misfortunes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver');
      actors.caller('caller b', 'b', 2);
    },
  ),
  scenario(
    'G is broken: a request told as not executed is executed after all, and the record is corrected',
    { sends: ['much_later', 'late', 'two_step_lost'], misfortunes: 1, isBroken: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver 1');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.resolver('resolver 2');
      actors.webhook('webhook');
    },
  ),
  scenario(
    'G is broken, and writes that correct the record go astray',
    {
      sends: ['much_later'],
      writes: TABLE,
      writesOf: ['correct', 'finish', 'book', 'elsewhere'],
      misfortunes: 2,
      isBroken: true,
      isPrompt: true,
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver 1');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.resolver('resolver 2');
      actors.arrives();
      actors.webhook('webhook');
    },
  ),
  scenario(
    'looks before G is over, half a minute apart',
    { sends: ['answered'], misfortunes: 0, begins: { agoMs: 5_000, request: 'under_way' } },
    (actors) => {
      actors.resolver('resolver 1');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.resolver('resolver 2');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.reader('reader');
    },
  ),
  scenario(
    'an answer that is lost, and stale looks shortly after each other, after G',
    {
      sends: ['answered'],
      looks: ['found', 'stale'],
      misfortunes: 3,
      begins: { agoMs: AFTER_QUIET_MS, request: 'executed' },
    },
    (actors) => {
      actors.resolver('resolver 1');
      actors.timePasses(10_000);
      actors.resolver('resolver 2');
      actors.timePasses(10_000);
      actors.reader('reader');
    },
  ),
  scenario(
    'the key is used again while a look at its first claim is still on its way',
    {
      sends: ['answered', 'answer_lost'],
      misfortunes: 1,
      begins: { ...LOOKED, isBeingReleased: true },
    },
    (actors) => {
      actors.resolver('resolver');
      actors.caller('caller a', 'a', 2);
    },
  ),
  scenario(
    'G is broken: it is executed while the second look finds nothing, and a third finds it',
    {
      sends: ['answered'],
      writes: ['applied', 'late', 'answer_lost'],
      writesOf: ['finish', 'correct'],
      misfortunes: 1,
      isBroken: true,
      begins: { ...LOOKED, request: 'under_way' },
    },
    (actors) => {
      actors.resolver('resolver 1');
      actors.webhook('webhook');
      actors.caller('caller b', 'b', 1);
    },
  ),
  scenario(
    'G is broken, and the same is asked for again with the same key and with another',
    { sends: ['much_later', 'late'], misfortunes: 1, isBroken: true, begins: ABANDONED },
    (actors) => {
      actors.resolver('resolver');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.caller('caller a', 'a', 2);
      actors.caller('caller b', 'b', 1);
    },
  ),
  scenario(
    'a synchronous PG that nobody knew to accept and book much later',
    { sends: ['accepted', 'accepted_then_refused'], misfortunes: 1, isBroken: true, isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver 1');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.caller('caller b', 'b', 2);
      actors.pgDecides();
    },
  ),
];

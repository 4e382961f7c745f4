import { DRIFT_MS } from './protocol-world.ts';
import { scenario, TABLE, type NamedScenario } from './scenario.ts';

/** Rows 7, 8 and 10: what becomes of a refund in doubt. */
export const DOUBT_SCENARIOS: readonly NamedScenario[] = [
  scenario(
    'a request that hangs, the quiet period, and a resolver that sends it again',
    {
      sends: ['answered', 'late', 'lost', 'not_sent', 'refused_by_pg'],
      misfortunes: 2,
      pgProvider: 'kcp',
      checksBalance: true,
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'an abandoned refund and two resolvers',
    {
      sends: ['answered', 'late', 'refused_by_pg'],
      misfortunes: 2,
      abandoned: true,
      pgProvider: 'kcp',
      checksBalance: true,
    },
    (world) => {
      world.resolver('resolver 1');
      world.resolver('resolver 2');
    },
  ),
  scenario(
    'two resolvers overlap, a request is sent again and refused, and the quiet period goes by',
    {
      sends: ['answered', 'late', 'lost', 'refused_by_pg'],
      misfortunes: 2,
      abandoned: true,
      pgProvider: 'kcp',
      checksBalance: true,
    },
    (world) => {
      world.resolver('resolver 1');
      world.timePasses();
      world.resolver('resolver 2');
    },
  ),
  scenario(
    'a resolver hears an old answer after the quiet period, while the request is still alive',
    { sends: ['late', 'two_step_lost'], misfortunes: 1, slowReads: true },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.resolver('resolver');
      world.timePasses();
    },
  ),
  scenario(
    'i’mport has lost what the PG has done, and the same is sent again',
    {
      sends: ['lost_by_iamport', 'answered'],
      misfortunes: 1,
      pgProvider: 'kcp',
      checksBalance: true,
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'i’mport has lost what a PG has done that checks no balance',
    { sends: ['lost_by_iamport', 'answered'], misfortunes: 1, pgProvider: 'nice' },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'two cancels in the console and two webhooks that overtake each other',
    { sends: ['answered'], misfortunes: 0 },
    (world) => {
      world.consoleCancel(1);
      world.consoleCancel(1);
      world.webhook('webhook 1');
      world.webhook('webhook 2');
    },
  ),
  scenario(
    'a stale read of the provider is booked late, while a refund comes and goes',
    { sends: ['answered'], misfortunes: 0, slowReads: true },
    (world) => {
      world.webhook('webhook');
      world.consoleCancel(1);
      world.caller('caller a', 'a', 2);
    },
  ),
  scenario(
    'an asynchronous PG accepts, the console cancels, and the PG books or refuses later',
    {
      sends: ['accepted', 'accepted_then_refused', 'accepted_lost'],
      misfortunes: 1,
      pgProvider: 'paypal_v2',
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.consoleCancel(1);
      world.timePasses();
      world.resolver('resolver');
      world.pgDecides();
    },
  ),
  scenario(
    'an asynchronous PG, and the same is asked for again under another key',
    { sends: ['accepted_lost', 'accepted'], misfortunes: 1, pgProvider: 'paypal_v2', crashes: 1 },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.caller('caller b', 'b', 2);
      world.pgDecides();
    },
  ),
  scenario(
    'a synchronous PG that accepts and books much later',
    { sends: ['accepted', 'accepted_then_refused'], misfortunes: 1, pgProvider: 'nice', prompt: true },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.consoleCancel(1);
      world.timePasses();
      world.resolver('resolver');
      world.pgDecides();
    },
  ),
  scenario(
    'a PG that drops reasons, unnamed, and two callers with the same amount',
    { sends: ['answered', 'answer_lost'], misfortunes: 1, reasons: 'dropped', pgProvider: 'nice' },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.caller('caller b', 'b', 2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'a PG that drops reasons, named, with a cancel in the console of the same amount',
    {
      sends: ['answered', 'answer_lost', 'two_step_lost'],
      misfortunes: 1,
      reasons: 'dropped',
      pgProvider: 'nice',
      named: 'drops_reasons',
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.consoleCancel(2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'a PG that cuts our tag, unnamed, behind a cancel in the console',
    { sends: ['answered', 'two_step_lost'], misfortunes: 1, reasons: 'cut', pgProvider: 'nice' },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.consoleCancel(1);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'a PG that leaves only the end of our text, named',
    {
      sends: ['answered', 'answer_lost', 'lost'],
      misfortunes: 1,
      reasons: 'tail',
      pgProvider: 'nice',
      named: 'drops_reasons',
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.resolver('resolver');
      world.caller('caller b', 'b', 1);
    },
  ),
  scenario(
    'two people close what is in drift, while it is looked at and the PG books late',
    {
      sends: ['accepted', 'accepted_then_refused', 'accepted_lost'],
      misfortunes: 1,
      pgProvider: 'paypal_v2',
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses(DRIFT_MS);
      world.pgDecides();
      world.closer('first', 'a');
      world.closer('second', 'a');
      world.resolver('resolver');
    },
  ),
  scenario(
    'people, a resolver that sends again, and the quiet period',
    {
      sends: ['late', 'answered'],
      misfortunes: 1,
      abandoned: true,
      pgProvider: 'kcp',
      checksBalance: true,
    },
    (world) => {
      world.resolver('resolver');
      world.timePasses(DRIFT_MS);
      world.closer('first', 'a');
      world.closer('second', 'a');
    },
  ),
  scenario(
    'every write of a resolver goes astray, and a copy comes later',
    {
      sends: ['answered', 'refused_by_pg'],
      writes: TABLE,
      misfortunes: 2,
      abandoned: true,
      pgProvider: 'kcp',
      checksBalance: true,
    },
    (world) => {
      world.resolver('resolver');
      world.timePasses();
    },
  ),
  scenario(
    'every write of people goes astray, and a copy comes later',
    {
      sends: ['accepted_then_refused'],
      writes: TABLE,
      writesOf: ['note', 'finish'],
      misfortunes: 1,
      pgProvider: 'paypal_v2',
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses(DRIFT_MS);
      world.pgDecides();
      world.closer('first', 'a');
      world.closer('second', 'a');
    },
  ),
  scenario(
    'G is broken: a request told as not executed is executed after all, and the record is corrected',
    { sends: ['late', 'two_step_lost'], misfortunes: 1, breaksQuiet: true },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.resolver('resolver');
      world.webhook('webhook');
    },
  ),
  scenario(
    'G is broken, and the same is asked for again with the same key',
    { sends: ['late'], misfortunes: 0, breaksQuiet: true },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.resolver('resolver');
      world.caller('caller b', 'b', 1);
    },
  ),
  scenario(
    'what an answer said is noted while a resolver notes what it saw, and another one looks after the quiet period',
    { sends: ['accepted'], misfortunes: 0, pgProvider: 'nice', prompt: true },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.resolver('resolver 1');
      world.timePasses();
      world.resolver('resolver 2');
      world.pgDecides();
    },
  ),
  scenario(
    'an asynchronous PG accepts, and another tool takes the same amount',
    {
      sends: ['accepted', 'accepted_then_refused'],
      misfortunes: 1,
      pgProvider: 'paypal_v2',
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.otherTool(2);
      world.pgDecides();
    },
  ),
];

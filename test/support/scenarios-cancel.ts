import { NETWORK, scenario, TABLE, type NamedScenario } from './scenario.ts';

/** Rows 0 to 6 and 9, and what a request meets that comes at the same time. */
export const CANCEL_SCENARIOS: readonly NamedScenario[] = [
  scenario(
    'one caller dies at any point, and time passes',
    { sends: NETWORK, misfortunes: 1, crashes: 1 },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'two callers with different keys ask for all that is left',
    { sends: NETWORK, misfortunes: 1 },
    (world) => {
      world.caller('caller a', 'a', undefined);
      world.caller('caller b', 'b', 2);
    },
  ),
  scenario(
    'two callers with the same key, and the provider refuses one of their requests',
    { sends: ['answered', 'late', 'refused_by_pg', 'not_sent'], misfortunes: 2 },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.caller('caller b', 'a', 2);
    },
  ),
  scenario(
    'a caller, a cancel in the console and a webhook',
    { sends: ['answered', 'answer_lost', 'late'], misfortunes: 1 },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.consoleCancel(1);
      world.webhook('webhook');
    },
  ),
  scenario(
    'checked, a console cancel and its webhook come between, then booked',
    { sends: ['two_step', 'two_step_lost'], misfortunes: 1 },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.consoleCancel(1);
      world.webhook('webhook');
      world.timePasses();
    },
  ),
  scenario(
    'every write of one request goes astray, and a copy comes later',
    { sends: ['answered', 'not_sent', 'refused_by_pg'], writes: TABLE, misfortunes: 2 },
    (world) => {
      world.caller('caller a', 'a', undefined);
    },
  ),
  scenario(
    'a copy of the claim arrives after the refund was released, and others look',
    {
      sends: ['answered', 'not_sent'],
      writes: ['applied', 'late', 'copied', 'lost_and_copied'],
      writesOf: ['claim'],
      misfortunes: 2,
    },
    (world) => {
      world.caller('caller a', 'a', undefined);
      world.resolver('resolver');
      world.timePasses();
    },
  ),
  scenario(
    'a copy of the claim arrives while another request is under way',
    {
      sends: ['answered', 'not_sent'],
      writes: TABLE,
      writesOf: ['claim', 'fence', 'release'],
      misfortunes: 2,
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.caller('caller b', 'b', 1);
    },
  ),
  scenario(
    'another tool takes the same amount, with no reason, while ours is refused',
    {
      sends: ['answered', 'answer_lost', 'lost'],
      reads: ['found', 'failed'],
      misfortunes: 2,
      pgProvider: 'nice',
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.otherTool(2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'the provider cannot be read while a request is looked at, sent and refused',
    { sends: ['answered', 'refused_by_pg'], reads: ['found', 'failed'], misfortunes: 3 },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.consoleCancel(1);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'an answer that does not show our entry yet',
    { sends: ['answered', 'stale_answer'], misfortunes: 1 },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.caller('caller b', 'b', 2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'the shop writes over the item during a refund',
    { sends: ['answered', 'refused_by_pg', 'not_sent'], misfortunes: 1, shopOverwrites: true },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.shopOverwrites();
      world.caller('caller b', 'a', 2);
    },
  ),
  scenario(
    'the shop deletes the item during a refund',
    { sends: ['answered'], misfortunes: 0, shopOverwrites: true },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.shopDeletes();
      world.webhook('webhook');
    },
  ),
  scenario(
    'a customer and staff want the same money, and staff wait in line',
    { sends: ['answered', 'answer_lost', 'not_sent'], misfortunes: 1 },
    (world) => {
      world.caller('customer', 'a', 3);
      world.caller('staff', 'b', 3, { staff: true });
    },
  ),
  scenario(
    'an order that was paid twice: by order number, and one payment by name, with one key',
    { sends: ['answered', 'answer_lost'], misfortunes: 1, paidTwice: true },
    (world) => {
      world.caller('caller a', 'a', undefined, { impUid: 'imp_order' });
      world.caller('caller b', 'b', 4, { byOrder: true });
      world.caller('caller c', 'c', 4, { impUid: 'imp_other' });
    },
  ),
  scenario(
    'the item names no currency, and the provider holds the payment in another',
    { sends: ['answered'], misfortunes: 0, item: { currency: undefined }, currency: 'JPY' },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.caller('caller b', 'b', 2);
    },
  ),
  scenario(
    'the shop writes over the item while two refunds are under way',
    { sends: ['answered', 'answer_lost', 'refused_by_pg', 'not_sent'], misfortunes: 2, shopOverwrites: true },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.shopOverwrites();
      world.caller('caller b', 'b', 1);
    },
  ),
];

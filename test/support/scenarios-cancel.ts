import { IMP_UID, OTHER_IMP_UID } from './protocol-world.ts';
import { NETWORK, scenario, TABLE, type NamedScenario } from './scenario.ts';

/** Rows 0 to 6 and 9, and what a request meets that comes at the same time. */
export const CANCEL_SCENARIOS: readonly NamedScenario[] = [
  scenario(
    'one caller dies at any point, and time passes',
    { sends: NETWORK, misfortunes: 1, crashes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'two callers with different keys ask for all that is left',
    { sends: NETWORK, misfortunes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', undefined);
      actors.caller('caller b', 'b', 2);
    },
  ),
  scenario(
    'two callers with the same key, and the provider refuses one of their requests',
    { sends: ['answered', 'late', 'refused_by_pg', 'not_sent'], misfortunes: 2 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.caller('caller b', 'a', 2);
    },
  ),
  scenario(
    'the same key by order number and by imp_uid is one refund',
    { sends: ['answered', 'answer_lost', 'not_sent'], misfortunes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.caller('caller b', 'a', 2, { impUid: IMP_UID });
    },
  ),
  scenario(
    'a button pressed twice, without a key',
    { sends: ['answered', 'answer_lost', 'refused_by_pg', 'not_sent'], misfortunes: 1, isPressedTwice: true },
    (actors) => {
      actors.caller('press 1', undefined, 2);
      actors.caller('press 2', undefined, 2);
    },
  ),
  scenario(
    'a caller, a cancel in the console and a webhook',
    { sends: ['answered', 'answer_lost', 'late'], misfortunes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.consoleCancel(1);
      actors.webhook('webhook');
    },
  ),
  scenario(
    'checked, a console cancel and its webhook come between, then booked',
    { sends: ['two_step', 'two_step_lost'], misfortunes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.consoleCancel(1);
      actors.webhook('webhook');
      actors.timePasses();
    },
  ),
  scenario(
    'every write of one request goes astray',
    { sends: ['answered', 'not_sent', 'refused_by_pg', 'answer_lost'], writes: TABLE, misfortunes: 2 },
    (actors) => {
      actors.caller('caller a', 'a', undefined);
    },
  ),
  scenario(
    'a claim goes astray while others look',
    { sends: ['answered', 'not_sent'], writes: TABLE, writesOf: ['claim'], misfortunes: 2 },
    (actors) => {
      actors.caller('caller a', 'a', undefined);
      actors.resolver('resolver');
      actors.timePasses();
    },
  ),
  scenario(
    'a claim arrives for the first time when another refund has come and gone',
    {
      sends: ['answered', 'refused_by_pg'],
      writes: ['applied', 'late', 'at_the_end', 'hanging'],
      writesOf: ['claim'],
      misfortunes: 3,
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.caller('caller b', 'b', 1);
    },
  ),
  scenario(
    'claims and releases go astray, and the key is used again',
    {
      sends: ['not_sent', 'answered'],
      writes: ['applied', 'answer_lost', 'late', 'copied'],
      writesOf: ['claim', 'not_sent'],
      misfortunes: 3,
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.caller('caller b', 'a', 2);
    },
  ),
  scenario(
    'reads of the tables fail before and after the claim',
    { sends: ['answered', 'answer_lost', 'refused_by_pg'], readsFail: true, misfortunes: 2 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.consoleCancel(1);
    },
  ),
  scenario(
    'the provider cannot be read, or knows no such payment',
    { sends: ['answered', 'refused_by_pg'], looks: ['found', 'failed', 'missing'], misfortunes: 3 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.consoleCancel(1);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'another tool takes the same amount, with no reason, while ours is refused or lost',
    {
      sends: ['answered', 'answer_lost', 'lost'],
      looks: ['found', 'failed'],
      misfortunes: 2,
      pgProvider: 'nice',
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.otherTool(2);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'an answer that does not show our entry yet',
    { sends: ['answered', 'stale_answer'], misfortunes: 1 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.caller('caller b', 'b', 2);
      actors.timePasses();
      actors.resolver('resolver');
    },
  ),
  scenario(
    'the order becomes somebody else’s during a request',
    { sends: ['answered', 'lost'], writes: ['applied', 'answer_lost', 'conflict'], misfortunes: 2 },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.ownerChanges();
      actors.caller('caller b', 'a', 2);
    },
  ),
  scenario(
    'a customer and staff want the same money, and staff wait in line',
    { sends: ['answered', 'answer_lost', 'not_sent'], misfortunes: 1 },
    (actors) => {
      actors.caller('customer', 'a', 3);
      actors.caller('staff', 'b', 3, { isStaff: true });
    },
  ),
  scenario(
    'an order that was paid twice: by order number, and one payment by name, with one key',
    { sends: ['answered', 'answer_lost'], misfortunes: 1, isPaidTwice: true },
    (actors) => {
      actors.caller('caller a', 'a', undefined, { impUid: IMP_UID });
      actors.caller('caller b', 'a', undefined, { byOrder: true });
      actors.caller('caller c', 'a', undefined, { impUid: OTHER_IMP_UID });
    },
  ),
  scenario(
    'a payment that the ledger lacks is imported by all who meet it, and once',
    {
      sends: ['answered', 'answer_lost'],
      writes: ['applied', 'answer_lost', 'late', 'conflict', 'refused'],
      misfortunes: 2,
      isNew: true,
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.consoleCancel(1);
      actors.webhook('webhook');
    },
  ),
  scenario(
    'refusals that are none, and others that are',
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
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses();
      actors.resolver('resolver 1');
      actors.caller('caller b', 'b', 1);
    },
  ),
];

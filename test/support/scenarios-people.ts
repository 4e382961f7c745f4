import { BETWEEN_LOOKS_MS, DRIFT_MS } from './protocol-world.ts';
import { scenario, TABLE, type NamedScenario } from './scenario.ts';

/** Rows 10 and 11: what two people end. */
export const PEOPLE_SCENARIOS: readonly NamedScenario[] = [
  scenario(
    'two people close what is in drift, while it is looked at and the PG books late',
    {
      sends: ['accepted', 'accepted_then_refused', 'accepted_lost'],
      misfortunes: 1,
      pgProvider: 'paypal_v2',
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses(DRIFT_MS);
      actors.pgDecides();
      actors.closer('first', 'a');
      actors.closer('second', 'a');
      actors.resolver('resolver');
    },
  ),
  scenario(
    'every write of people goes astray',
    {
      sends: ['accepted_then_refused', 'accepted'],
      writes: TABLE,
      writesOf: ['note', 'finish'],
      misfortunes: 1,
      pgProvider: 'paypal_v2',
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses(DRIFT_MS);
      actors.pgDecides();
      actors.closer('first', 'a');
      actors.closer('second', 'a');
    },
  ),
  scenario(
    'two people close an untagged entry beside another tool’s of the same amount',
    { sends: ['answer_lost', 'lost'], misfortunes: 1, reasons: 'dropped', hasNoIds: true, isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.otherTool(2);
      actors.timePasses(DRIFT_MS);
      actors.closer('first', 'a');
      actors.closer('second', 'a');
    },
  ),
  scenario(
    'two people close a refund whose entry is not shown, and then it is',
    { sends: ['hidden_lost', 'hidden'], misfortunes: 1, isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses(DRIFT_MS);
      actors.closer('first', 'a');
      actors.closer('second', 'a');
      actors.reveals();
    },
  ),
  scenario(
    'two people close a refund whose entry is never shown',
    {
      sends: ['hidden_lost'],
      looks: ['found', 'failed'],
      misfortunes: 1,
      hidesForEver: true,
      isPrompt: true,
    },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses(DRIFT_MS);
      actors.closer('first', 'a');
      actors.closer('second', 'a');
      actors.caller('caller b', 'b', 1);
    },
  ),
  scenario(
    'two people close a refund whose entry is shown later, without its tag',
    { sends: ['hidden_lost', 'hidden'], misfortunes: 1, reasons: 'dropped', isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.timePasses(DRIFT_MS);
      actors.closer('first', 'a');
      actors.closer('second', 'a');
      actors.reveals();
    },
  ),
  scenario(
    'people who name the console’s cancel are refused',
    { sends: ['answer_lost', 'lost'], misfortunes: 1, reasons: 'dropped', isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.consoleCancel(2);
      actors.timePasses(DRIFT_MS);
      actors.mistaken('first', 'a');
      actors.mistaken('second', 'a');
    },
  ),
  scenario(
    'the PG undoes a cancel, and two people say so while others look and ask',
    { sends: ['answered'], misfortunes: 0, isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.pgUndoes();
      actors.webhook('webhook');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.undoer('first', 'a');
      actors.undoer('second', 'a');
    },
  ),
  scenario(
    'the PG undoes two cancels, and the money is asked for while people say so',
    { sends: ['answered'], misfortunes: 0, isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.caller('caller b', 'b', 1);
      actors.pgUndoes();
      actors.pgUndoes();
      actors.webhook('webhook');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.undoer('first', 'a');
    },
  ),
  scenario(
    'the PG undoes a cancel that stays in the history, and the money is asked for again',
    { sends: ['answered'], misfortunes: 0, keepsUndone: true, isPrompt: true },
    (actors) => {
      actors.caller('caller a', 'a', 2);
      actors.pgUndoes();
      actors.webhook('webhook');
      actors.timePasses(BETWEEN_LOOKS_MS);
      actors.caller('caller b', 'b', 3);
      actors.undoer('first', 'a');
    },
  ),
];

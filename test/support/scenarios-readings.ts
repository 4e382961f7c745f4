import { READINGS } from './readings.ts';
import { scenario, type NamedScenario } from './scenario.ts';

const READS = ['found', ...READINGS] as const;

/** Rows 3b, 5, 7 and 8: readings that show a payment twice, in part, in no order, or as it was a moment before. */
export const READING_SCENARIOS: readonly NamedScenario[] = [
  scenario(
    'a PG that drops reasons, unnamed, and looks of which one is untidy',
    { sends: ['answer_lost', 'lost'], reads: READS, misfortunes: 2, reasons: 'dropped', pgProvider: 'nice' },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'a PG that drops reasons, unnamed: the table knows the balance, and a look shows it as it was before',
    {
      sends: ['answer_lost'],
      reads: ['found', 'from_before'],
      misfortunes: 1,
      reasons: 'dropped',
      pgProvider: 'nice',
      prompt: true,
    },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.webhook('webhook');
      world.timePasses();
      world.resolver('resolver');
    },
  ),
  scenario(
    'a request that is sent again after untidy looks, and a cancel in the console',
    {
      sends: ['answered', 'answer_lost', 'lost', 'refused_by_pg'],
      reads: READS,
      misfortunes: 3,
      abandoned: true,
      pgProvider: 'kcp',
      checksBalance: true,
    },
    (world) => {
      world.resolver('resolver');
      world.consoleCancel(1);
      world.webhook('webhook');
    },
  ),
  scenario(
    'two callers, one of them refused, and every answer of the provider’s may be untidy',
    { sends: ['answered', 'answer_lost', 'refused_by_pg'], reads: READS, misfortunes: 3 },
    (world) => {
      world.caller('caller a', 'a', 2);
      world.caller('staff b', 'b', 1, { staff: true });
    },
  ),
];

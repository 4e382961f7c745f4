import { listCsv, type ListedRefund } from '../../../functions/http/listed.ts';
import { COULD_NOT, OperationsError, valued, type Command } from '../command.ts';
import { CSV, PERIOD, periodIn } from '../period.ts';
import { serviceFor, serviceOptions, tellAnswer } from '../service.ts';

export const exportCommand: Command = {
  name: 'export',
  takes: '',
  positionals: 0,
  summary: 'the refunds of a period as the service lists them, newest first',
  about: [
    'One refund a line, as JSON; with --json one document, with --csv CSV for a spreadsheet: UTF-8 with a byte order mark, and ' +
      'nothing in it is a formula.',
    'A refund is listed on the day on which i’mport cancelled it, else on the day on which it ended. Refunds that were ' +
      'never sent are left out.',
  ],
  options: {
    ...PERIOD,
    from: valued('DAY', `${PERIOD.from.about} (needed)`),
    ...CSV,
    ...serviceOptions('exports'),
  },
  required: ['from'],
  exits: ['everything is written', 'the service has refused, and says why', COULD_NOT],
  run: async (given, world) => {
    const { query } = periodIn(given, world.nowMs());
    const api = await serviceFor(given, world);
    const all: ListedRefund[] = [];
    let count = 0;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await api.longPage(query, cursor);
      const isFirst = cursor === undefined;
      if ('failure' in page && isFirst) return tellAnswer(page, {}, given, world);
      if ('failure' in page)
        throw new OperationsError(
          `The service did not return a page of the list (${page.status}).`,
          `The output so far is incomplete (${count} refunds): run it again.`,
        );
      const { refunds, next } = page.body;
      if (given.flag('csv')) world.csv(listCsv(refunds, isFirst));
      else if (given.flag('json')) all.push(...refunds);
      else refunds.forEach(world.json);
      count += refunds.length;
      cursor = next;
    }
    if (given.flag('json')) world.json({ refunds: all });
    return 0;
  },
};

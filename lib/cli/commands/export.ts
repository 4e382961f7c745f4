import { listCsv, type ListedRefund } from '../../../functions/http/listed.ts';
import { COULD_NOT, flag, UsageError, type Command } from '../command.ts';
import { PERIOD, periodIn, refuseTwoForms } from '../period.ts';
import { everyPage, serviceFor, serviceOptions, tellAnswer } from '../service.ts';

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
    csv: flag('as CSV'),
    ...serviceOptions('exports'),
  },
  exits: ['everything is written', 'the service has refused, and says why', COULD_NOT],
  run: async (given, world) => {
    if (given.text('from') === undefined) throw new UsageError('export needs --from DAY.');
    const { query } = periodIn(given, world.nowMs());
    refuseTwoForms(given);
    const all: ListedRefund[] = [];
    const write = (refunds: readonly ListedRefund[], isFirst: boolean): void => {
      if (given.flag('csv')) world.csv(listCsv(refunds, isFirst));
      else if (given.flag('json')) all.push(...refunds);
      else refunds.forEach(world.json);
    };
    const service = await serviceFor('export', given, world);
    const refused = await everyPage(service, { query, write }, world).finally(() => world.progress(''));
    if (refused !== undefined) return tellAnswer({ answer: refused }, given, world);
    if (given.flag('json')) world.json({ refunds: all });
    return 0;
  },
};

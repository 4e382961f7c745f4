import { listCsv, type ListedRefund } from '../../../functions/http/listed.ts';
import { COULD_NOT, UsageError, type Command, type Given, type Surroundings } from '../command.ts';
import { PERIOD, periodIn, refuseTwoForms } from '../period.ts';
import { serviceFor, serviceOptions, tellRefused } from '../service.ts';
import { everyPage } from '../service-pages.ts';

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
    csv: { kind: 'flag', about: 'as CSV' },
    ...serviceOptions('exports'),
  },
  exits: ['everything is written', 'the service has refused, and says why', COULD_NOT],
  run: async (given, world) => {
    if (given.text('from') === undefined) throw new UsageError('export needs --from DAY.');
    const { query } = periodIn(given, world.nowMs());
    const write = writerFor(given, world);
    const service = await serviceFor('export', given, world);
    const refused = await everyPage(service, { query, write: write.page }, world).finally(() =>
      world.progress(''),
    );
    if (refused === undefined) write.end();
    else tellRefused(refused, given, world);
    return refused === undefined ? 0 : 1;
  },
};

interface Writer {
  readonly page: (refunds: readonly ListedRefund[], isFirst: boolean) => void;
  readonly end: () => void;
}

function writerFor(given: Given, { csv, json }: Surroundings): Writer {
  refuseTwoForms(given);
  if (given.flag('csv'))
    return { page: (refunds, isFirst) => csv(listCsv(refunds, isFirst)), end: () => undefined };
  const all: ListedRefund[] = [];
  if (given.flag('json'))
    return { page: (refunds) => void all.push(...refunds), end: () => json({ refunds: all }) };
  return { page: (refunds) => void refunds.map(json), end: () => undefined };
}

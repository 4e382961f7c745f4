import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { ListAnswer, listCsv, type ListedRefund } from '../../../functions/http/listed.ts';
import {
  COULD_NOT,
  OperationsError,
  UsageError,
  type Command,
  type Given,
  type Surroundings,
} from '../command.ts';
import type { HttpAnswer } from '../local-run.ts';
import { PERIOD, periodIn } from '../period.ts';
import { read, refusalLines, serviceFor, serviceOptions, type Service } from '../service.ts';
import { clock } from '../words.ts';

export const exportCommand: Command = {
  name: 'export',
  takes: '',
  positionals: 0,
  summary: 'the refunds of a period as the service lists them, newest first',
  about: [
    'One refund a line, as JSON; with --json one document, with --csv CSV for a spreadsheet: UTF-8 with a byte order mark, and ' +
      'nothing in it is a formula.',
    'A refund stands on the day on which it was cancelled by the books of i’mport, else on that of its end. What was never ' +
      'sent is left out.',
  ],
  options: {
    ...PERIOD,
    csv: { kind: 'flag', about: 'as CSV' },
    ...serviceOptions('asks for it'),
  },
  exits: ['everything is written', 'the service has refused it, and says why', COULD_NOT],
  run: async (given, world) => {
    if (given.text('from') === undefined) throw new UsageError('export needs --from DAY.');
    const { query } = periodIn(given, world.nowMs());
    const write = writerFor(given, world);
    const service = await serviceFor('export', given, world);
    const refused = await everyPage(service, { query, write: write.page }, world).finally(() =>
      world.progress(''),
    );
    if (refused === undefined) write.end();
    else for (const line of refusalLines(refused)) world.out(line);
    return refused === undefined ? 0 : 1;
  },
};

interface Writer {
  readonly page: (refunds: readonly ListedRefund[], isFirst: boolean) => void;
  readonly end: () => void;
}

function writerFor(given: Given, { csv, json }: Surroundings): Writer {
  if (given.flag('csv') && given.flag('json'))
    throw new UsageError('--csv and --json are two forms: give one of them.');
  if (given.flag('csv'))
    return { page: (refunds, isFirst) => csv(listCsv(refunds, isFirst)), end: () => undefined };
  const all: ListedRefund[] = [];
  if (given.flag('json'))
    return { page: (refunds) => void all.push(...refunds), end: () => json({ refunds: all }) };
  return { page: (refunds) => void refunds.map(json), end: () => undefined };
}

interface Wanted {
  readonly query: Readonly<Record<string, string>>;
  readonly write: Writer['page'];
}

/** Page after page. What the service refuses is returned, but not once something was written: then it is an error. */
async function everyPage(
  service: Service,
  { query, write }: Wanted,
  world: Surroundings,
): Promise<HttpAnswer | undefined> {
  let count = 0;
  for (let cursor: string | null | undefined; cursor !== null;) {
    const isFirst = cursor === undefined;
    const asked = new URLSearchParams(cursor === undefined ? query : { ...query, cursor });
    const answer = await onePage(service, `/refunds?${asked.toString()}`);
    if (answer.status !== 200 && isFirst) return answer;
    const page = v.safeParse(ListAnswer, answer.body);
    if (!page.success)
      throw new OperationsError(
        `The service did not answer with a page of the list (${answer.status}).`,
        `What was written so far is not whole (${count} refunds): run it again.`,
      );
    const { refunds, next } = page.output;
    world.progress('');
    write(refunds, isFirst);
    count += refunds.length;
    const last = refunds.at(-1);
    if (last !== undefined)
      world.progress(`${count} refunds, back to ${clock(last.listed_at * 1000).slice(0, 10)}`);
    cursor = next;
  }
  return undefined;
}

/** A busy service asks to wait; reading a page again changes nothing. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000];

async function onePage(service: Service, path: string): Promise<HttpAnswer> {
  for (const waitMs of WAITS_MS) {
    const answer = await read(service, path);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    await sleep(waitMs);
  }
  return read(service, path);
}

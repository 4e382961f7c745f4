import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { ListAnswer, type ListedRefund } from '../../functions/http/listed.ts';
import { OperationsError, type Surroundings } from './command.ts';
import type { HttpAnswer } from './local-run.ts';
import { read, type Service } from './service.ts';
import { clock } from './words.ts';

export interface PagesWanted {
  readonly query: Readonly<Record<string, string>>;
  readonly write: (refunds: readonly ListedRefund[], isFirst: boolean) => void;
}

/** Reads all pages. A refusal of the first page is returned; a refusal after something was written is an error. */
export async function everyPage(
  service: Service,
  { query, write }: PagesWanted,
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
        `The service did not return a page of the list (${answer.status}).`,
        `The output so far is incomplete (${count} refunds): run it again.`,
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

/** Waits and retries when the service is busy; reading a page twice changes nothing. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000];

async function onePage(service: Service, path: string): Promise<HttpAnswer> {
  for (const waitMs of WAITS_MS) {
    const answer = await read(service, path);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    await sleep(waitMs);
  }
  return read(service, path);
}

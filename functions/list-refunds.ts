import { readQuery } from './http/body.ts';
import { behindToken, header, httpDoor, isStaff, json } from './http/http-handler.ts';
import { cursorText, listRules, listRequest } from './http/list-query.ts';
import { listCsv, listedJson, wantsCsv } from './http/listed.ts';
import { invalidRequest } from './http/problem.ts';
import { viewerOf } from './http/representation.ts';
import { listRefunds } from './protocol/list.ts';
import { live } from './runtime/live.ts';

/** `GET /refunds`, with every dependency passed in. */
export const handleList = behindToken(async ({ event, world, language, actor }) => {
  const asked = event.queryStringParameters ?? {};
  const query = readQuery(asked, listRules(world.now()));
  if (!query.ok) return invalidRequest(query.errors, language);
  const page = await listRefunds(listRequest(query.value), world);
  const next = page.next === undefined ? undefined : cursorText(page.next);
  const viewer = viewerOf(actor, world);
  const refunds = page.items.map((item) => listedJson(item, viewer));
  const vary = { vary: 'Accept' };
  if (!wantsCsv(header(event, 'accept'))) return json(200, { refunds, next: next ?? null }, vary);
  const isFirst = query.value.cursor === undefined;
  return {
    statusCode: 200,
    headers: {
      'content-type': `text/csv; charset=utf-8; header=${isFirst ? 'present' : 'absent'}`,
      'cache-control': 'no-store',
      ...vary,
      ...(next === undefined ? {} : { link: linkTo({ ...asked, cursor: next }) }),
    },
    body: listCsv(refunds, isFirst),
  };
}, isStaff);

function linkTo(query: Readonly<Record<string, string | undefined>>): string {
  const named = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return `</refunds?${new URLSearchParams(named).toString()}>; rel="next"`;
}

export const handler = await httpDoor('listRefunds', live, handleList);

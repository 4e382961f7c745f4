import { callerOf } from './http/caller.ts';
import { httpDoor, json, languageFor, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { problem } from './http/problem.ts';
import { reportsJson } from './http/reports.ts';
import type { Surroundings } from './protocol/ports.ts';
import { readReports } from './protocol/reports.ts';
import { live } from './runtime/live.ts';

/** `GET /reconciliation`, with every dependency passed in. */
export async function handleReports(event: HttpEvent, world: Surroundings): Promise<HttpResult> {
  if (callerOf(event)?.kind !== 'staff') return problem('FORBIDDEN', languageFor(event));
  return json(200, reportsJson(await readReports(world)));
}

export const handler = await httpDoor('getReconciliation', live, async (event, _deadlineMs, world) =>
  handleReports(event, world),
);

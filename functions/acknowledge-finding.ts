import { readBody } from './http/body.ts';
import { callerOf } from './http/caller.ts';
import { httpDoor, json, languageFor, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { invalidRequest, problem, refusalProblem } from './http/problem.ts';
import { findingJson } from './http/reports.ts';
import { viewerOf } from './http/representation.ts';
import { acknowledgeRules } from './http/schemas.ts';
import type { Surroundings } from './protocol/ports.ts';
import { acknowledgeFinding } from './protocol/reports.ts';
import { live } from './runtime/live.ts';

/** `POST /reconciliation/findings/{id}/acknowledge`, with every dependency passed in. */
export async function handleAcknowledge(event: HttpEvent, world: Surroundings): Promise<HttpResult> {
  const language = languageFor(event);
  const actor = callerOf(event);
  if (actor?.kind !== 'staff') return problem('FORBIDDEN', language);
  const body = readBody(event, acknowledgeRules);
  if (!body.ok) return invalidRequest(body.errors, language);
  const findingId = event.pathParameters?.['id'] ?? '';
  const said = await acknowledgeFinding({ findingId, by: actor.sub, note: body.value.note }, world);
  return said.kind === 'refused'
    ? refusalProblem(said.refusal, language, viewerOf(actor, world))
    : json(200, { finding: findingJson(said.finding) });
}

export const handler = await httpDoor('acknowledgeFinding', live, async (event, _deadlineMs, world) =>
  handleAcknowledge(event, world),
);

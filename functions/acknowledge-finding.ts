import { readBody } from './http/body.ts';
import { behindToken, httpDoor, isStaff, json } from './http/http-handler.ts';
import { invalidRequest, refusalProblem } from './http/problem.ts';
import { findingJson } from './http/reports.ts';
import { viewerOf } from './http/representation.ts';
import { AcknowledgeBody } from './http/schemas.ts';
import { acknowledgeFinding } from './protocol/reports.ts';
import { live } from './runtime/live.ts';

/** `POST /reconciliation/findings/{id}/acknowledge`, with every dependency passed in. */
export const handleAcknowledge = behindToken(async ({ event, world, language, actor }) => {
  const body = readBody(event, { schema: AcknowledgeBody });
  if (!body.ok) return invalidRequest(body.errors, language);
  const findingId = event.pathParameters?.['id'] ?? '';
  const said = await acknowledgeFinding({ findingId, by: actor.sub, note: body.value.note }, world);
  return said.kind === 'refused'
    ? refusalProblem(said.refusal, language, viewerOf(actor, world))
    : json(200, { finding: findingJson(said.finding) });
}, isStaff);

export const handler = await httpDoor('acknowledgeFinding', live, handleAcknowledge);

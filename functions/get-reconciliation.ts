import { behindToken, httpDoor, isStaff, json } from './http/http-handler.ts';
import { reportsJson } from './http/reports.ts';
import { readReports } from './protocol/reports.ts';
import { live } from './runtime/live.ts';

/** `GET /reconciliation`, with every dependency passed in. */
export const handleReports = behindToken(
  async ({ world }) => json(200, reportsJson(await readReports(world))),
  isStaff,
);

export const handler = await httpDoor('getReconciliation', live, handleReports);

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { WORK_FOLDER } from './bundles.ts';
import type { Recorded } from './rivals/floor.ts';
import type { Asked } from './stub-process.ts';
import { environmentFor, type Stubs } from './stubs.ts';
import { warmSide } from './warm-side.ts';

/** The calls of the service at its start and for one refund, as environment variables for the floor, which repeats them. */
export async function recordCalls(file: string, stubs: Stubs): Promise<{ readonly RECORDED_CALLS: string }> {
  await stubs.turn(0);
  const side = warmSide(file, environmentFor(stubs.url));
  await side.block({ count: 1 });
  await side.end();
  const calls = (await stubs.turn(0)).toSorted((a, b) => a.fromMs - b.fromMs);
  const named = (name: string): readonly Asked[] =>
    calls.flatMap((call) => (call.name === name && call.asked !== undefined ? [call.asked] : []));
  const [firstRead, order, owner] = named('GetItem');
  const [claim, settlement] = named('TransactWriteItems');
  const [payments] = named('Query');
  const [secret, token, look, cancel] = ['secret', 'token', 'look', 'cancel'].map((name) => named(name)[0]);
  const merchantUid = /"(bench-[\d-]+)"/.exec(order?.body ?? '')?.[1];
  const parts = { merchantUid, secret, token, firstRead, owner, look, claim, cancel, settlement };
  if (calls.length !== 10 || Object.values(parts).includes(undefined))
    throw new Error(`The floor expects other calls than ${calls.map(({ name }) => name).join(', ')}`);
  const recorded = { ...parts, reads: [order, payments] } as Recorded;
  const recordedFile = path.join(WORK_FOLDER, 'recorded.json');
  await writeFile(recordedFile, JSON.stringify(recorded));
  return { RECORDED_CALLS: recordedFile };
}

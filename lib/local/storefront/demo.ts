import type { Moment } from '../../operations/timeline.ts';

/** The local run's own doors, as the page uses them. */

export async function call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
  return fetch(path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function read<T>(path: string): Promise<T | undefined> {
  const answer = await call('GET', path).catch(() => undefined);
  return answer?.ok === true ? ((await answer.json()) as T) : undefined;
}

export async function tokenFor(subject: {
  readonly sub: string;
  readonly groups?: readonly string[];
}): Promise<string> {
  const answer = (await (await call('POST', '/_local/token', subject)).json()) as { access_token: string };
  return answer.access_token;
}

/** What happened, as the table remembers it. */
export async function momentsOf(merchantUid: string): Promise<readonly Moment[]> {
  const path = `/_local/payments/${encodeURIComponent(merchantUid)}/timeline`;
  return (await read<{ moments: readonly Moment[] }>(path))?.moments ?? [];
}

/** Major units cancelled, as i'mport itself has it. */
export async function cancelledAtProvider(impUid: string): Promise<number | undefined> {
  return (await read<{ cancel_amount: number }>(`/_local/iamport/${encodeURIComponent(impUid)}`))
    ?.cancel_amount;
}

export async function cancelInConsole(impUid: string, amount: number): Promise<boolean> {
  return (await call('POST', `/_local/iamport/${encodeURIComponent(impUid)}/console-cancel`, { amount })).ok;
}

/** What can happen to the next cancel; names of the simulator's script. */
export const FAULTS = ['answer_lost', 'request_lost', 'slow', 'refused', 'http_502'] as const;
export type Fault = (typeof FAULTS)[number];

/** Late enough to be seen, early enough to be waited for. */
const SLOW_MS = 3_000;

export async function scriptFault(fault: Fault): Promise<boolean> {
  const delay = fault === 'slow' ? { delay_ms: SLOW_MS } : {};
  return (await call('POST', '/_local/faults', { on: 'cancel', fault, ...delay })).ok;
}

/** What is scripted and has not happened yet. */
export async function scripted(): Promise<readonly string[]> {
  const found = await read<{ faults: readonly { readonly fault: string; readonly times?: number }[] }>(
    '/_local/faults',
  );
  return (found?.faults ?? []).flatMap(({ fault, times = 1 }) =>
    Array.from({ length: Math.min(times, 5) }, () => fault),
  );
}

export async function setDown(down: boolean): Promise<boolean> {
  return (await call('POST', '/_local/iamport/down', { down })).ok;
}

export async function resolveNow(): Promise<boolean> {
  return (await call('POST', '/_local/resolve')).ok;
}

import { describe, expect, it } from 'vitest';
import {
  type Fault,
  FAULT_NAMES,
  FAULT_TABLE,
  type FaultName,
} from '../../../lib/lab/simulator/simulator.ts';
import { receiveWebhooks, simulate } from './support.ts';

type Parameters = Omit<Partial<Fault>, 'fault'>;

/** Parameters without which a fault cannot be scripted, or would make the test wait for real time. */
const NEEDED: Partial<Record<FaultName, Parameters>> = {
  slow: { delay_ms: 3_600_000 },
  answer_slow: { delay_ms: 3_600_000 },
  field_value: { field: 'receipt_url' },
};

/** A value per parameter that must change the effect of the fault. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  applied: false,
  delay_ms: 1_000,
  text: 'other words',
  on_trigger: true,
  amount: 200,
  from: 't',
  max: 5,
  unit: 'bytes',
  field: 'currency',
  value: null,
};
const OTHER_SAMPLES: Partial<Record<FaultName, Readonly<Record<string, unknown>>>> = {
  slow: { delay_ms: 1 },
  answer_slow: { delay_ms: 1 },
  http_429: { applied: true },
  unauthorized: { applied: true },
};

function holdsTheAnswer({ fault, delay_ms: delayMs = 0 }: Fault): boolean {
  return fault === 'two_step' || ((fault === 'slow' || fault === 'answer_slow') && delayMs > 1_000);
}

/** Runs the same steps with every fault: reads, a cancel, time, a cancel with a wrong checksum, a cancel in the console. */
async function dayWith(fault?: Fault): Promise<string> {
  const receiver = await receiveWebhooks();
  const { simulator, token, paid } = await simulate({ webhookUrl: receiver.url });
  const authorization = await token();
  paid({
    merchant_uid: ` Order-${'x'.repeat(50)} `,
    cancel_history: [
      { amount: 500, reason: 'first' },
      { amount: 700, reason: 'second' },
    ],
  });
  if (fault !== undefined) simulator.script(fault);
  const seen: unknown[] = [];
  const send = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { authorization, 'content-type': 'application/json' };
    try {
      const response = await fetch(simulator.url + path, { ...init, headers });
      return [response.status, await response.text()];
    } catch {
      return 'the connection breaks';
    }
  };
  const look = async (): Promise<void> => {
    seen.push(await send('/payments/imp_1'), await send('/payments/status/all'));
    seen.push(simulator.payment('imp_1'), structuredClone(receiver.received));
  };
  const cancel = (body: object): Promise<unknown> =>
    send('/payments/cancel', { method: 'POST', body: JSON.stringify({ imp_uid: 'imp_1', ...body }) });
  /** An answer that is not held back arrives before the answers to three later requests. */
  const threeOthers = async (): Promise<string> => {
    for (let count = 0; count < 3; count += 1) await send('/payments/imp_1/balance');
    return 'no answer yet';
  };

  await look();
  const answer = cancel({ amount: 3000, checksum: 8800, reason: '[tag-1] 사이즈가 맞지 않아 반품합니다' });
  const isHeld = fault !== undefined && holdsTheAnswer(fault);
  seen.push(await (isHeld ? Promise.race([answer, threeOthers()]) : answer));
  for (const ms of [0, 1_000, 60_000, 120_000]) {
    await simulator.advance(ms);
    await look();
  }
  seen.push(await cancel({ amount: 1, checksum: 1, reason: '[tag-2]' }));
  await simulator.consoleCancel({ imp_uid: 'imp_1', amount: 100 }).catch(() => seen.push('nothing left'));
  await look();
  await simulator.advance(120_000);
  await look();
  // Ignore the fault's name in the log: it is not an effect.
  seen.push(simulator.audit().requests.map((request) => ({ ...request, fault: undefined })));
  await simulator.end();
  seen.push(await answer);
  return withoutChance(seen);
}

/** Replaces random identifiers by the order of their first appearance. */
function withoutChance(seen: readonly unknown[]): string {
  const text = JSON.stringify(seen, null, 1);
  const ids = [
    ...new Set(text.match(/(?<![0-9A-Z])[0-9A-HJKMNP-TV-Z]{20}(?![0-9A-Z])|(?<=CANCEL)[0-9A-Z]{20}/g)),
  ];
  return ids.reduce((soFar, id, place) => soFar.replaceAll(id, `id-${place}`), text);
}

function scriptOf(fault: FaultName, parameters: Parameters = {}): Fault {
  const { group } = FAULT_TABLE[fault];
  const isOfOneRequest = group === 'wire' || group === 'cancel';
  return {
    fault,
    ...(group === 'wire' && { on: 'cancel' }),
    ...(!isOfOneRequest && { until_cleared: true }),
    ...NEEDED[fault],
    ...parameters,
  };
}

/** Runs each variant once and reuses the result. */
const days = new Map<string, Promise<string>>();

function dayOf(fault?: Fault): Promise<string> {
  const name = JSON.stringify(fault ?? 'none');
  const day = days.get(name) ?? dayWith(fault);
  days.set(name, day);
  return day;
}

describe('every fault', () => {
  it('two days without a fault give the same result', async () => {
    expect(await dayWith()).toBe(await dayOf());
  });

  it.for(FAULT_NAMES)('the fault %s has a visible effect', async (fault) => {
    expect(await dayOf(scriptOf(fault))).not.toBe(await dayOf());
  });

  it.for(
    FAULT_NAMES.flatMap((fault) =>
      FAULT_TABLE[fault].parameters.map((parameter): [FaultName, string] => [fault, parameter]),
    ),
  )('the fault %s has a parameter %s that changes its effect', async ([fault, parameter]) => {
    const sample = { ...SAMPLES, ...OTHER_SAMPLES[fault] }[parameter];
    expect(await dayWith(scriptOf(fault, { [parameter]: sample }))).not.toBe(await dayOf(scriptOf(fault)));
  });
});

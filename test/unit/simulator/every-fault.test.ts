import { describe, expect, it } from 'vitest';
import {
  type Fault,
  FAULT_NAMES,
  FAULT_TABLE,
  type FaultName,
} from '../../../lib/lab/simulator/simulator.ts';
import { controlsOf, receiveWebhooks, simulate, type World } from './support.ts';

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
  hang: true,
  retry_after: 30,
  kind: 'no_amount',
  text: 'other words',
  on_trigger: true,
  ends: 'refused',
  amount: 200,
  shares: [1, 2],
  delays_ms: [0, 120_000],
  tag: 'none',
  counted: false,
  for_ms: 100_000,
  keep_entry: true,
  from: 't',
  max: 5,
  unit: 'bytes',
  letters: 'lower',
  fields: ['amount'],
  style: 'iso',
  field: 'currency',
  value: null,
  entries: 'all',
  ago_ms: 1_000,
};
const OTHER_SAMPLES: Partial<Record<FaultName, Readonly<Record<string, unknown>>>> = {
  slow: { delay_ms: 1 },
  answer_slow: { delay_ms: 1 },
  two_step: { hang: false },
  http_429: { applied: true },
  unauthorized: { applied: true },
};

function holdsTheAnswer({ fault, hang, delay_ms: delayMs = 0 }: Fault): boolean {
  const isSlow = (fault === 'slow' || fault === 'answer_slow') && delayMs > 1_000;
  return (
    isSlow ||
    fault === 'no_answer' ||
    (fault === 'late' && hang === true) ||
    (fault === 'two_step' && hang !== false)
  );
}

async function told(answer: Promise<Response>): Promise<unknown> {
  try {
    const response = await answer;
    return [response.status, response.headers.get('retry-after'), await response.text()];
  } catch {
    return 'the connection breaks';
  }
}

/** Plays the same steps with every fault: reads, a cancel, time, a cancel with a wrong checksum, a cancel in the console. */
async function dayWith(fault?: Fault): Promise<string> {
  const receiver = await receiveWebhooks();
  let drawn = 1;
  // The value falls with each draw, so a shuffle reverses the order.
  const world = await simulate({ webhookUrl: receiver.url, random: () => (drawn *= 0.99) });
  const { simulator } = world;
  const authorization = await world.token();
  addPayments(world);
  const seen: unknown[] = [];
  if (fault !== undefined) {
    const answer = await controlsOf(simulator)('POST /_local/faults', fault);
    if (simulator.faults().length !== 1) throw new Error(`not scripted: ${JSON.stringify(answer)}`);
  }

  const send = (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { authorization, 'content-type': 'application/json' };
    return told(fetch(simulator.url + path, { ...init, headers }));
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
  seen.push(
    await (fault !== undefined && holdsTheAnswer(fault) ? Promise.race([answer, threeOthers()]) : answer),
  );
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

function addPayments({ paid }: World): void {
  paid({
    merchant_uid: ` Order-${'x'.repeat(50)} `,
    promotion: { id: 'promotion-1', discount: 3000 },
    cancel_history: [
      { amount: 500, reason: 'first' },
      { amount: 700, reason: 'second' },
    ],
  });
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
  const isHabit = group !== 'wire' && group !== 'cancel';
  return {
    fault,
    ...(group === 'wire' && { on: 'cancel' }),
    // Lasts until the end of the steps.
    ...(isHabit && { until_cleared: true, lasts_ms: 86_400_000 }),
    ...NEEDED[fault],
    ...parameters,
  };
}

const PARAMETERS = FAULT_NAMES.flatMap((fault) =>
  FAULT_TABLE[fault].parameters.map((parameter): [FaultName, string] => [fault, parameter]),
);

/** Plays each variant once and reuses the result. */
const days = new Map<string, Promise<string>>();

function dayOf(fault?: Fault): Promise<string> {
  const name = JSON.stringify(fault ?? 'none');
  const day = days.get(name) ?? dayWith(fault);
  days.set(name, day);
  return day;
}

describe('every fault and habit', () => {
  it('two plays without a fault give the same result', async () => {
    expect(await dayWith()).toBe(await dayOf());
  });

  it.for(FAULT_NAMES)(
    'the fault %s can be scripted by the control and has a visible effect',
    async (fault) => {
      expect(await dayOf(scriptOf(fault))).not.toBe(await dayOf());
    },
  );

  it.for(PARAMETERS)(
    'the fault %s has a parameter %s that changes its effect',
    async ([fault, parameter]) => {
      const sample = { ...SAMPLES, ...OTHER_SAMPLES[fault] }[parameter];
      const day = await dayWith(scriptOf(fault, { [parameter]: sample }));
      expect(day).not.toBe(await dayOf(scriptOf(fault)));
    },
  );
});

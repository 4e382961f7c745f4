import { describe, expect, it } from 'vitest';
import { RULES } from '../../../lib/lab/simulator/fault-script.ts';
import {
  FAULT_NAMES,
  FAULT_TABLE,
  FaultScriptError,
  parseFaults,
} from '../../../lib/lab/simulator/simulator.ts';
import { simulate } from './support.ts';

describe('a valid fault script', () => {
  it.for(Object.entries(FAULT_TABLE))('the script of the fault %s is accepted', ([fault, { group }]) => {
    const on = {
      wire: 'any',
      cancel: 'cancel',
      reason: 'cancel',
      answer: 'any',
      look: 'payment',
      webhook: 'webhook',
    }[group];
    const field = fault === 'field_value' ? { field: 'receipt_url' } : {};
    const whole = [{ on, fault, ...field }];
    expect(parseFaults(whole)).toEqual(whole);
    // Only a fault of the connection must name its request.
    expect(parseFaults({ ...(group === 'wire' && { on }), fault, ...field })).toEqual(whole);
  });

  it('a script may be an array of faults, and undefined fields are removed', () => {
    const faults = [
      { on: 'any', fault: 'slow', delay_ms: 10, probability: 0.5, times: 100 },
      { on: 'cancel', fault: 'late', hang: true, imp_uid: 'imp_1', also: ['drop_tag'], text: undefined },
    ];
    const [, late] = parseFaults(faults);
    expect(late).toEqual({ on: 'cancel', fault: 'late', hang: true, imp_uid: 'imp_1', also: ['drop_tag'] });
  });
});

describe('the table of faults', () => {
  it('the table describes each fault in one line, in English and Korean', () => {
    expect(FAULT_NAMES.length).toBe(Object.keys(FAULT_TABLE).length);
    for (const { en, ko } of Object.values(FAULT_TABLE)) {
      expect(en).toMatch(/^[^\n]{10,120}$/);
      expect(ko).toMatch(/[가-힣]/);
    }
  });

  it('the table names only parameters that a script accepts', () => {
    for (const parameter of Object.values(FAULT_TABLE).flatMap(({ parameters }) => parameters)) {
      expect(RULES).toHaveProperty(parameter);
    }
  });
});

describe('an invalid fault script', () => {
  it.for([
    [null, 'fault: must be an object'],
    [[{ on: 'cancel', fault: 'slow' }, 7], 'faults[1]: must be an object'],
    [{ fault: 'slow' }, 'fault.on: must be one of cancel, token, payment, list, any, webhook'],
    [{ on: 'cancel' }, 'fault.fault: must be one of answer_lost'],
    [{ on: 'cancel', fault: 'anwser_lost' }, 'got "anwser_lost"'],
    [{ on: 'cancel', fault: 'slow', delay: 5 }, 'fault.delay: unknown field'],
    [{ on: 'cancel', fault: 'slow', delay_ms: -1 }, 'fault.delay_ms: must be a whole number'],
    [{ on: 'cancel', fault: 'slow', times: 0 }, 'fault.times: must be a whole number from 1'],
    [{ on: 'cancel', fault: 'slow', probability: 0 }, 'fault.probability: must be a number above 0'],
    [
      { on: 'cancel', fault: 'refused', text: 'kcp_8179' },
      'fault.text: must be a text; one that looks like a key',
    ],
    [{ on: 'cancel', fault: 'console_cancel', amount: 0 }, 'fault.amount: must be a number above 0'],
    [{ on: 'cancel', fault: 'http_502', applied: 'no' }, 'fault.applied: must be true or false'],
    [{ on: 'cancel', fault: 'answer_lost', applied: false }, 'fault.applied: has no effect on answer_lost'],
    [{ on: 'cancel', fault: 'slow', hang: true }, 'fault.hang: has no effect on slow, only on late'],
    [{ on: 'cancel', fault: 'slow', also: ['http_502'] }, 'fault.also: must be an array of refused'],
    [{ on: 'any', fault: 'refused' }, 'fault.on: must be cancel, because only a cancel can meet refused'],
    [{ on: 'payment', fault: 'slow', also: ['drop_tag'] }, 'only a cancel can meet drop_tag'],
    [{ on: 'webhook', fault: 'slow' }, 'fault.on: must be cancel or token or payment or list or any'],
    [{ on: 'cancel', fault: 'webhook_bom' }, 'fault.on: must be webhook, because only there'],
    [{ fault: 'field_value', value: null }, 'fault.field: must name the field'],
    [{ fault: 'field_value', field: 'a.b.c' }, 'fault.field: must be a field such as'],
    [{ fault: 'numbers_as_text', fields: 'amount' }, 'fault.fields: must be an array of fields'],
    [{ fault: 'reason_cut', unit: 'words' }, 'fault.unit: must be one of characters, bytes'],
    [{ fault: 'reason_cut', also: ['refused'] }, 'fault.also: reason_cut is a habit'],
    [{ fault: 'times_as_text', max: 4 }, 'fault.max: has no effect on times_as_text, only on'],
    [{ on: 'token', fault: 'slow', imp_uid: 'imp_1' }, 'fault.imp_uid: a token request is about no payment'],
    [
      { on: 'token', fault: 'slow', pg_provider: 'kcp' },
      'fault.pg_provider: a token request is about no payment',
    ],
    [{ on: 'list', fault: 'http_502', imp_uid: 'imp_1' }, 'fault.imp_uid: a list is about no single payment'],
    [{ fault: 'stale_look', until_cleared: true }, 'fault.lasts_ms: stale_look must end'],
    [{ fault: 'split', shares: [1] }, 'fault.shares: must be an array of two or more whole numbers'],
    [{ on: 'cancel', fault: 'unreadable', kind: 'xml' }, 'fault.kind: must be one of html, null'],
  ] as const)('the script %j is refused with "%s"', ([script, message]) => {
    expect(() => parseFaults(script)).toThrow(FaultScriptError);
    expect(() => parseFaults(script)).toThrow(message);
  });

  it('a script with one wrong fault queues none of its faults', async () => {
    const { simulator } = await simulate();
    const script = [
      { on: 'cancel', fault: 'slow' },
      { on: 'cancel', fault: 'slow', times: -1 },
    ] as const;
    expect(() => simulator.script(script)).toThrow('faults[1].times');
    expect(simulator.faults()).toEqual([]);
  });
});

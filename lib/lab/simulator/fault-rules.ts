import { CANCEL_FAULTS, type Fault, FAULT_NAMES, FAULT_TARGETS } from './faults.ts';
import { isJson, isOneOf, isText, isWhole } from './json.ts';
import { isPgTextKey, PG_TEXTS } from './texts.ts';

const MAX_TIMES = 1_000_000;
const MAX_DELAY_MS = 24 * 60 * 60 * 1000;
/** Longer than any text of a payment. */
const MAX_CHARACTERS = 1_000;

interface Rule {
  /** What a value must be, for the message. */
  readonly rule: string;
  readonly isValid: (value: unknown) => boolean;
}

const flag: Rule = { rule: 'must be true or false', isValid: (value) => typeof value === 'boolean' };

function oneOf(values: readonly string[]): Rule {
  return { rule: `must be one of ${values.join(', ')}`, isValid: (value) => isOneOf(values, value) };
}

function whole(min: number, max: number): Rule {
  return {
    rule: `must be a whole number from ${min} to ${max}`,
    isValid: (value) => isWhole(value, min, max),
  };
}

function listOf(values: string, isValid: (value: unknown) => boolean): Rule {
  return {
    rule: `must be an array of ${values}`,
    isValid: (value) => Array.isArray(value) && value.every(isValid),
  };
}

/** A payment's own field, or one of each entry of a list in it. */
function isField(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z_]+(\.[a-z_]+)?$/.test(value);
}

/** What each field of a script must be by itself. */
export const RULES: Readonly<Record<keyof Fault, Rule>> = {
  on: oneOf(FAULT_TARGETS),
  fault: oneOf(FAULT_NAMES),
  times: whole(1, MAX_TIMES),
  until_cleared: flag,
  imp_uid: { rule: 'must be a text', isValid: isText },
  probability: {
    rule: 'must be a number above 0 and at most 1',
    isValid: (value) => typeof value === 'number' && value > 0 && value <= 1,
  },
  also: listOf(CANCEL_FAULTS.join(', '), (name) => isOneOf(CANCEL_FAULTS, name)),
  delay_ms: whole(0, MAX_DELAY_MS),
  on_trigger: flag,
  ends: oneOf(['booked', 'refused']),
  text: {
    rule: `must be a text; one that looks like a key must be one of ${Object.keys(PG_TEXTS).join(', ')}`,
    isValid: (value) =>
      typeof value === 'string' && (isPgTextKey(value) || !/^[a-z0-9]+(_[a-z0-9]+)+$/.test(value)),
  },
  from: { rule: 'must be a text', isValid: isText },
  max: whole(0, MAX_CHARACTERS),
  unit: oneOf(['characters', 'bytes', 'euc_kr_bytes']),
  amount: {
    rule: 'must be a number above 0, in major units',
    isValid: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  },
  applied: flag,
  hang: flag,
  field: { rule: 'must be a field such as receipt_url or cancel_history.reason', isValid: isField },
  fields: listOf('fields such as cancel_amount or cancel_history.amount', isField),
  value: { rule: 'must be JSON', isValid: isJson },
  style: oneOf(['seconds', 'iso', 'korean']),
  entries: oneOf(['newest', 'all']),
};

import { CANCEL_FAULTS, type Fault, FAULT_NAMES, FAULT_TARGETS, type FaultName } from './faults.ts';
import { isPgTextKey, PG_TEXTS } from './texts.ts';
import { isRecord } from './wire.ts';

/** Thrown with the field and its rule in the message; none of the script was queued. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

const DELAYED: readonly FaultName[] = ['slow', 'answer_slow', 'late', 'asynchronous'];
const APPLICABLE: readonly FaultName[] = ['http_500', 'http_502', 'http_504', 'empty_200', 'truncated_200'];
const WORDED: readonly FaultName[] = ['refused', 'already_cancelled_at_pg', 'drop_tag'];
const MAX_TIMES = 1_000_000;
const MAX_DELAY_MS = 24 * 60 * 60 * 1000;

type Entry = Readonly<Record<string, unknown>>;

interface Rule {
  /** What a value must be, for the message. */
  readonly rule: string;
  readonly isValid: (value: unknown) => boolean;
  readonly isRequired?: boolean;
  /** Faults the field means something to; a field without effect is a misunderstanding, so it is refused. */
  readonly onlyWith?: readonly FaultName[];
}

const RULES: Readonly<Record<keyof Fault, Rule>> = {
  on: {
    rule: `must be one of ${FAULT_TARGETS.join(', ')}`,
    isValid: (value) => isOneOf(FAULT_TARGETS, value),
    isRequired: true,
  },
  fault: {
    rule: `must be one of ${FAULT_NAMES.join(', ')}`,
    isValid: (value) => isOneOf(FAULT_NAMES, value),
    isRequired: true,
  },
  times: {
    rule: `must be a whole number from 1 to ${MAX_TIMES}`,
    isValid: (value) => isWhole(value, 1, MAX_TIMES),
  },
  imp_uid: { rule: 'must be a text', isValid: (value) => typeof value === 'string' && value !== '' },
  delay_ms: {
    rule: `must be a whole number from 0 to ${MAX_DELAY_MS}`,
    isValid: (value) => isWhole(value, 0, MAX_DELAY_MS),
    onlyWith: DELAYED,
  },
  text: {
    rule: `must be a text; one that looks like a key must be one of ${Object.keys(PG_TEXTS).join(', ')}`,
    isValid: (value) =>
      typeof value === 'string' && (isPgTextKey(value) || !/^[a-z0-9]+(_[a-z0-9]+)+$/.test(value)),
    onlyWith: WORDED,
  },
  amount: {
    rule: 'must be a number above 0, in major units',
    isValid: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
    onlyWith: ['console_cancel'],
  },
  probability: {
    rule: 'must be a number above 0 and at most 1',
    isValid: (value) => typeof value === 'number' && value > 0 && value <= 1,
  },
  applied: {
    rule: 'must be true or false',
    isValid: (value) => typeof value === 'boolean',
    onlyWith: APPLICABLE,
  },
  hang: { rule: 'must be true or false', isValid: (value) => typeof value === 'boolean', onlyWith: ['late'] },
  also: {
    rule: `must be an array of ${CANCEL_FAULTS.join(', ')}`,
    isValid: (value) => Array.isArray(value) && value.every((name) => isOneOf(CANCEL_FAULTS, name)),
  },
};

const FIELDS = [
  'on',
  'fault',
  'times',
  'imp_uid',
  'delay_ms',
  'text',
  'amount',
  'probability',
  'applied',
  'hang',
  'also',
] as const satisfies readonly (keyof Fault)[];

/** Reads one fault or an array of them; the error names the place, the field and the rule. */
export function parseFaults(body: unknown): Fault[] {
  const list: readonly unknown[] = Array.isArray(body) ? body : [body];
  return list.map((entry, index) => parseFault(entry, Array.isArray(body) ? `faults[${index}]` : 'fault'));
}

function parseFault(entry: unknown, place: string): Fault {
  if (!isRecord(entry)) {
    throw new FaultScriptError(
      `${place}: must be an object such as {"on": "cancel", "fault": "answer_lost"}`,
    );
  }
  const fault = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
  assertFault(fault, place);
  checkTogether(fault, place);
  return fault;
}

function assertFault(entry: Entry, place: string): asserts entry is Entry & Fault {
  const unknownField = Object.keys(entry).find((field) => !Object.hasOwn(RULES, field));
  if (unknownField !== undefined) {
    throw new FaultScriptError(`${place}.${unknownField}: unknown field, known are ${FIELDS.join(', ')}`);
  }
  for (const field of FIELDS) {
    const value = entry[field];
    const { rule, isValid, isRequired = false } = RULES[field];
    if (value === undefined ? isRequired : !isValid(value)) {
      throw new FaultScriptError(`${place}.${field}: ${rule}, got ${JSON.stringify(value) ?? 'nothing'}`);
    }
  }
}

/** Each field is right by itself: do they make sense together? */
function checkTogether(fault: Fault, place: string): void {
  const names = [fault.fault, ...(fault.also ?? [])];
  const onlyCancel = names.find((name) => isOneOf(CANCEL_FAULTS, name));
  if (onlyCancel !== undefined && fault.on !== 'cancel') {
    throw new FaultScriptError(`${place}.on: must be cancel, because only a cancel can meet ${onlyCancel}`);
  }
  if (fault.on === 'token' && fault.imp_uid !== undefined) {
    throw new FaultScriptError(`${place}.imp_uid: a token request is about no payment`);
  }
  for (const field of FIELDS) {
    const { onlyWith } = RULES[field];
    if (
      fault[field] !== undefined &&
      onlyWith !== undefined &&
      !names.some((name) => onlyWith.includes(name))
    ) {
      throw new FaultScriptError(
        `${place}.${field}: has no effect on ${fault.fault}, only on ${onlyWith.join(', ')}`,
      );
    }
  }
}

function isOneOf(list: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && list.includes(value);
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}

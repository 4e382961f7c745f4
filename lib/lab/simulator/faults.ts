import {
  FAULT_NAMES,
  FAULT_TABLE,
  type FaultGroup,
  type FaultName,
  faultsOf,
  groupOf,
} from './fault-table.ts';
import { type Fields, isRecord, isWhole, show } from './json.ts';
import { isPgTextKey, PG_TEXTS } from './texts.ts';

const MAX_DELAY_MS = 24 * 60 * 60 * 1000;

interface Rule<Value> {
  /** The rule in words, as the error message shows it. */
  readonly rule: string;
  readonly isValid: (value: unknown) => value is Value;
}

function oneOf<Value extends string>(values: readonly Value[]): Rule<Value> {
  return {
    rule: `must be one of ${values.join(', ')}`,
    isValid: (value): value is Value => values.some((each) => each === value),
  };
}

function whole(min: number, max: number): Rule<number> {
  return {
    rule: `must be a whole number from ${min} to ${max}`,
    isValid: (value): value is number => isWhole(value, min, max),
  };
}

function above0(max: number): Rule<number> {
  return {
    rule: `must be a number above 0 and at most ${max}`,
    isValid: (value): value is number => typeof value === 'number' && value > 0 && value <= max,
  };
}

const flag: Rule<boolean> = {
  rule: 'must be true or false',
  isValid: (value): value is boolean => typeof value === 'boolean',
};

const text: Rule<string> = {
  rule: 'must be a text',
  isValid: (value): value is string => typeof value === 'string',
};

/** `payment`: every read, including lists. `list`: reads of several payments. `any`: everything except webhooks. */
const TARGETS = ['cancel', 'token', 'payment', 'list', 'any', 'webhook'] as const;
export type FaultTarget = (typeof TARGETS)[number];

const CANCEL_FAULTS = faultsOf('cancel');

/** The rule for each field of a script; FAULT_TABLE says what it does. */
export const RULES = {
  on: oneOf(TARGETS),
  fault: oneOf(FAULT_NAMES),
  times: whole(1, 1_000_000),
  until_cleared: flag,
  imp_uid: text,
  probability: above0(1),
  /** Cancel faults that happen together with this one, with the same parameters. */
  also: {
    rule: `must be an array of ${CANCEL_FAULTS.join(', ')}`,
    isValid: (value): value is typeof CANCEL_FAULTS =>
      Array.isArray(value) && value.every((name) => CANCEL_FAULTS.some((known) => known === name)),
  } satisfies Rule<typeof CANCEL_FAULTS>,
  /** In simulated time, except for `slow` and `answer_slow`. */
  delay_ms: whole(0, MAX_DELAY_MS),
  on_trigger: flag,
  /** For a refusal a key of PG_TEXTS or any other text. */
  text: {
    rule: `must be a text; one that looks like a key must be one of ${Object.keys(PG_TEXTS).join(', ')}`,
    isValid: (value): value is string =>
      typeof value === 'string' && (isPgTextKey(value) || !/^[a-z0-9]+(_[a-z0-9]+)+$/.test(value)),
  } satisfies Rule<string>,
  from: text,
  max: whole(0, 1_000),
  /** Bytes are UTF-8's. */
  unit: oneOf(['characters', 'bytes']),
  /** In major units. */
  amount: above0(1_000_000_000),
  applied: flag,
  /** A field of a payment, or a field of each entry of a list in it. */
  field: {
    rule: 'must be a field such as receipt_url or cancel_history.reason',
    isValid: (value): value is string => typeof value === 'string' && /^[a-z_]+(\.[a-z_]+)?$/.test(value),
  } satisfies Rule<string>,
  value: { rule: 'must be JSON', isValid: (value): value is unknown => value !== undefined } as Rule<unknown>,
};

type Valid<Field extends keyof typeof RULES> =
  (typeof RULES)[Field] extends Rule<infer Value> ? Value : never;

/** One fault as scripted in JSON. @default on - the target of the fault's group; `wire` has none */
export type Fault = { readonly fault: FaultName } & {
  readonly [Field in keyof typeof RULES]?: Valid<Field>;
};

/** A fault in the queue. */
export type ScriptedFault = Fault & { readonly on: FaultTarget };

/** The message names the field and its rule; nothing of the script is queued. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

/** The targets of a group; the first is the default. Faults of the connection have no default. */
const TARGETS_OF: Readonly<Record<FaultGroup, readonly FaultTarget[]>> = {
  wire: ['cancel', 'token', 'payment', 'list', 'any'],
  cancel: ['cancel'],
  reason: ['cancel'],
  answer: ['any', 'cancel', 'payment', 'list'],
  look: ['payment', 'list'],
  webhook: ['webhook'],
};

/** Fields for every fault; other fields are only for faults whose parameters name them. */
const GENERAL = 'on fault times until_cleared imp_uid probability also'.split(' ');

/** Reads one fault or an array of faults; an error names the position, the field and the rule. */
export function parseFaults(body: unknown): ScriptedFault[] {
  const list: readonly unknown[] = Array.isArray(body) ? body : [body];
  return list.map((entry, index) => parseFault(entry, Array.isArray(body) ? `faults[${index}]` : 'fault'));
}

function parseFault(entry: unknown, place: string): ScriptedFault {
  if (!isRecord(entry)) {
    throw new FaultScriptError(
      `${place}: must be an object such as {"on": "cancel", "fault": "answer_lost"}`,
    );
  }
  const known = FAULT_NAMES.find((name) => name === entry['fault']);
  const group = known && groupOf(known);
  const implied = group === undefined || group === 'wire' ? undefined : TARGETS_OF[group][0];
  const fault = { on: implied, ...entry };
  assertFields(fault, place);
  checkTogether(fault, place);
  return fault;
}

function assertFields(entry: Fields, place: string): asserts entry is Fields & ScriptedFault {
  for (const field of Object.keys(entry)) {
    if (!Object.hasOwn(RULES, field))
      throw new FaultScriptError(
        `${place}.${field}: unknown field, known are ${Object.keys(RULES).join(', ')}`,
      );
  }
  for (const [field, { rule, isValid }] of Object.entries<Rule<unknown>>(RULES)) {
    const value = entry[field];
    const isRequired = field === 'on' || field === 'fault';
    if (value === undefined ? isRequired : !isValid(value))
      throw new FaultScriptError(`${place}.${field}: ${rule}, got ${show(value)}`);
  }
}

/** Checks the combination of fields. A field without effect is refused, because it is probably a mistake. */
function checkTogether(fault: ScriptedFault, place: string): void {
  const names = [fault.fault, ...(fault.also ?? [])];
  for (const name of names) {
    const targets = TARGETS_OF[groupOf(name)];
    if (!targets.includes(fault.on))
      throw new FaultScriptError(`${place}.on: must be ${targets.join(' or ')} for ${name}`);
  }
  if (fault.fault === 'field_value' && fault.field === undefined)
    throw new FaultScriptError(`${place}.field: must name the field`);
  for (const field of Object.keys(fault).filter((name) => !GENERAL.includes(name))) {
    if (!names.some((name) => FAULT_TABLE[name].parameters.includes(field)))
      throw new FaultScriptError(`${place}.${field}: has no effect on ${names.join(', ')}`);
  }
}

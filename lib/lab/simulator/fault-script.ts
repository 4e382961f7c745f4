import { FAULT_TABLE, type FaultGroup } from './fault-table.ts';
import {
  CANCEL_FAULTS,
  type Fault,
  FAULT_NAMES,
  FAULT_TARGETS,
  type FaultName,
  type FaultTarget,
  groupOf,
  type ScriptedFault,
  UNREADABLE_KINDS,
} from './faults.ts';
import { type Fields, isJson, isOneOf, isRecord, isText, isWhole, show } from './json.ts';
import { isPgTextKey, PG_TEXTS } from './texts.ts';

const MAX_TIMES = 1_000_000;
const MAX_DELAY_MS = 24 * 60 * 60 * 1000;
/** Longer than any text in a payment. */
const MAX_CHARACTERS = 1_000;

interface Rule {
  /** The rule for the value, for the error message. */
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

function listOf(values: string, isValid: (value: unknown) => boolean, least = 0): Rule {
  return {
    rule: `must be an array of ${values}`,
    isValid: (value) => Array.isArray(value) && value.length >= least && value.every(isValid),
  };
}

/** A field of a payment, or a field of each entry of a list in it. */
function isField(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z_]+(\.[a-z_]+)?$/.test(value);
}

/** The rule for each field of a script. */
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
  lasts_ms: whole(1, MAX_DELAY_MS),
  pg_provider: { rule: 'must be a text', isValid: isText },
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
  retry_after: whole(0, 86_400),
  kind: oneOf(UNREADABLE_KINDS),
  shares: listOf('two or more whole numbers from 1 to 1000', (value) => isWhole(value, 1, 1000), 2),
  delays_ms: listOf(
    'one or more whole numbers of milliseconds',
    (value) => isWhole(value, 0, MAX_DELAY_MS),
    1,
  ),
  tag: oneOf(['all', 'first', 'last', 'none']),
  counted: flag,
  for_ms: whole(1, MAX_DELAY_MS),
  keep_entry: flag,
  ago_ms: whole(1, MAX_DELAY_MS),
  field: { rule: 'must be a field such as receipt_url or cancel_history.reason', isValid: isField },
  fields: listOf('fields such as cancel_amount or cancel_history.amount', isField),
  value: { rule: 'must be JSON', isValid: isJson },
  style: oneOf(['seconds', 'iso', 'korean']),
  letters: oneOf(['upper', 'lower']),
  entries: oneOf(['newest', 'all']),
};

/** The message names the field and its rule; nothing of the script is queued. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

/** The targets of a group; the first is the default. Faults of the connection have no default. */
const TARGETS: Readonly<Record<FaultGroup, readonly FaultTarget[]>> = {
  wire: ['cancel', 'token', 'payment', 'list', 'any'],
  cancel: ['cancel'],
  reason: ['cancel'],
  answer: ['any', 'cancel', 'payment', 'list'],
  look: ['payment', 'list'],
  webhook: ['webhook'],
};

/** Fields for every fault; other fields are only for faults whose parameters name them. */
const GENERAL = 'on fault times until_cleared lasts_ms imp_uid pg_provider probability also'.split(' ');

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
  const given = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
  const implied = impliedTarget(given['fault']);
  const fault = { ...(implied !== undefined && { on: implied }), ...given };
  assertFault(fault, place);
  checkTogether(fault, place);
  return fault;
}

/** A fault of the connection can affect any request, so its script must name the target. */
function impliedTarget(name: unknown): FaultTarget | undefined {
  const known = FAULT_NAMES.find((candidate) => candidate === name);
  const group = known && groupOf(known);
  return group === undefined || group === 'wire' ? undefined : TARGETS[group][0];
}

function assertFault(entry: Fields, place: string): asserts entry is Fields & ScriptedFault {
  const fields = Object.keys(RULES) as (keyof Fault)[];
  const unknownField = Object.keys(entry).find((field) => !Object.hasOwn(RULES, field));
  if (unknownField !== undefined) {
    throw new FaultScriptError(`${place}.${unknownField}: unknown field, known are ${fields.join(', ')}`);
  }
  for (const field of fields) {
    const value = entry[field];
    const isRequired = field === 'on' || field === 'fault';
    if (value === undefined ? isRequired : !RULES[field].isValid(value)) {
      throw new FaultScriptError(`${place}.${field}: ${RULES[field].rule}, got ${show(value)}`);
    }
  }
}

/** Checks the combination of fields. */
function checkTogether(fault: ScriptedFault, place: string): void {
  const group = groupOf(fault.fault);
  const isMisfortune = group === 'wire' || group === 'cancel';
  if (!isMisfortune && fault.also !== undefined) {
    throw new FaultScriptError(
      `${place}.also: ${fault.fault} is a habit, which goes with any other by itself`,
    );
  }
  const onlyThere = [fault.fault, ...(fault.also ?? [])].find(
    (name) => !TARGETS[groupOf(name)].includes(fault.on),
  );
  if (onlyThere !== undefined) {
    throw new FaultScriptError(`${place}.on: ${targetRule(onlyThere)}`);
  }
  const [selector] = (['imp_uid', 'pg_provider'] as const).filter((field) => fault[field] !== undefined);
  if (selector !== undefined && fault.on === 'token') {
    throw new FaultScriptError(`${place}.${selector}: a token request is about no payment`);
  }
  if (selector !== undefined && (fault.fault === 'list_empty' || (fault.on === 'list' && group === 'wire'))) {
    throw new FaultScriptError(`${place}.${selector}: a list is about no single payment`);
  }
  // PROTOCOL P7: single looks may be stale, but not all looks for ever.
  if (fault.fault === 'stale_look' && fault.until_cleared === true && !isBounded(fault)) {
    throw new FaultScriptError(`${place}.lasts_ms: stale_look must end, so it needs lasts_ms or ago_ms`);
  }
  if (fault.fault === 'field_value' && fault.field === undefined) {
    throw new FaultScriptError(`${place}.field: must name the field`);
  }
  checkParameters(fault, place);
}

function isBounded({ lasts_ms, ago_ms }: Fault): boolean {
  return lasts_ms !== undefined || ago_ms !== undefined;
}

function targetRule(name: FaultName): string {
  const targets = TARGETS[groupOf(name)].join(' or ');
  const who = isOneOf(CANCEL_FAULTS, name) ? 'only a cancel can meet' : 'only there can it meet';
  return `must be ${targets}, because ${who} ${name}`;
}

/** A field without effect is refused, because it is probably a mistake. */
function checkParameters(fault: ScriptedFault, place: string): void {
  const names = [fault.fault, ...(fault.also ?? [])];
  for (const field of Object.keys(fault).filter((name) => !GENERAL.includes(name))) {
    if (!names.some((name) => takes(name, field))) {
      const takers = FAULT_NAMES.filter((name) => takes(name, field));
      throw new FaultScriptError(
        `${place}.${field}: has no effect on ${fault.fault}, only on ${takers.join(', ')}`,
      );
    }
  }
}

function takes(name: FaultName, field: string): boolean {
  return isOneOf(FAULT_TABLE[name].parameters, field);
}

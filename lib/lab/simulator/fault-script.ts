import { RULES } from './fault-rules.ts';
import {
  CANCEL_FAULTS,
  type Fault,
  FAULT_NAMES,
  FAULT_TABLE,
  type FaultGroup,
  type FaultName,
  type FaultTarget,
  groupOf,
  type ScriptedFault,
} from './faults.ts';
import { type Fields, isOneOf, isRecord, show } from './json.ts';

/** Thrown with the field and its rule in the message; none of the script was queued. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

/** Where a group happens; the first is meant when a script does not say. Faults of the wire have no such place. */
const TARGETS: Readonly<Record<FaultGroup, readonly FaultTarget[]>> = {
  wire: ['cancel', 'token', 'payment', 'any'],
  cancel: ['cancel'],
  reason: ['cancel'],
  answer: ['any', 'cancel', 'payment'],
  webhook: ['webhook'],
};

/** These go with every fault; the others only with those whose parameters name them. */
const GENERAL = ['on', 'fault', 'times', 'until_cleared', 'imp_uid', 'probability', 'also'];

/** Reads one fault or an array of them; the error names the place, the field and the rule. */
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

/** A fault of the wire can happen anywhere, so its script must say where. */
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

/** Each field is right by itself: do they make sense together? */
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
  if (fault.on === 'token' && fault.imp_uid !== undefined) {
    throw new FaultScriptError(`${place}.imp_uid: a token request is about no payment`);
  }
  if (fault.fault === 'field_value' && fault.field === undefined) {
    throw new FaultScriptError(`${place}.field: must name the field`);
  }
  checkParameters(fault, place);
}

function targetRule(name: FaultName): string {
  const targets = TARGETS[groupOf(name)].join(' or ');
  const who = isOneOf(CANCEL_FAULTS, name) ? 'only a cancel can meet' : 'only there can it meet';
  return `must be ${targets}, because ${who} ${name}`;
}

/** A field without effect is a misunderstanding, so it is refused. */
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

import { type Fields, isRecord, isWhole, show } from './json.ts';
import { isPgTextKey, PG_TEXTS } from './texts.ts';

/**
 * `wire`: the request or its answer is lost or damaged; at most one per request. `cancel`: what the PG does with a
 * cancel. Of the other groups every matching fault applies. `reason`: changes a cancel before it is booked.
 * `answer`: changes how a payment is written. `webhook`: changes how webhooks are sent.
 */
export type FaultGroup = 'wire' | 'cancel' | 'reason' | 'answer' | 'webhook';

interface FaultDescription<Group extends FaultGroup> {
  readonly group: Group;
  /** Further fields of the script that this fault uses. */
  readonly parameters: readonly string[];
  /** A description in one line, with the defaults in parentheses. */
  readonly en: string;
}

function rowOf<Group extends FaultGroup>(group: Group) {
  return (parameters: string, en: string): FaultDescription<Group> => ({
    group,
    parameters: parameters.split(' ').filter(Boolean),
    en,
  });
}

const [wire, cancel, reason] = [rowOf('wire'), rowOf('cancel'), rowOf('reason')];
const [answer, webhook] = [rowOf('answer'), rowOf('webhook')];

/**
 * Every fault of the simulator, one per row. `times`, `until_cleared`, `imp_uid` and `probability` apply to every fault,
 * and `also` to those of `wire` and `cancel`.
 */
// prettier-ignore
export const FAULT_TABLE = {
  answer_lost: wire('', 'It is carried out, and the connection breaks before the answer'),
  request_lost: wire('', 'The connection breaks before it is carried out'),
  slow: wire('delay_ms', 'It is carried out only after delay_ms (1,000, real time)'),
  answer_slow: wire('delay_ms', 'It is carried out at once and answered after delay_ms (1,000, real time)'),
  late: wire('delay_ms', 'The connection breaks, and it is carried out delay_ms (120,000) later'),
  http_500: wire('applied delay_ms', 'HTTP 500 with JSON; carried out unless applied is false, delay_ms (0) after the answer'),
  http_502: wire('applied delay_ms', 'HTTP 502 with HTML; carried out as http_500 is'),
  http_504: wire('applied delay_ms', 'HTTP 504 with HTML; carried out as http_500 is'),
  empty_200: wire('applied delay_ms', 'HTTP 200 with an empty body; carried out as http_500 is'),
  truncated_200: wire('applied delay_ms', 'HTTP 200 with half of the JSON; carried out as http_500 is'),
  http_429: wire('applied delay_ms', 'HTTP 429; not carried out unless applied or delay_ms says so'),
  unauthorized: wire('applied delay_ms', 'HTTP 401 although the token is good; not carried out unless applied or delay_ms says so'),
  refused: cancel('text', 'The PG refuses, in the words of text (nice_2026)'),
  under_way: cancel('text delay_ms on_trigger', 'Refused in words that say it is under way; booked delay_ms (60,000) later or on a trigger'),
  already_cancelled_at_pg: cancel('text', "The PG says it is cancelled already and does nothing; i'mport still says paid"),
  executed_but_refused: cancel('text delay_ms', "The PG pays back, i'mport says it is cancelled already, and books it delay_ms later (0: at once) or on a trigger"),
  console_cancel: cancel('amount text', 'Just before it, a person cancels amount (the rest) in the console; text is the reason given'),
  webhook_first: cancel('', 'The webhook arrives before the answer'),
  drop_tag: cancel('text', 'The PG keeps nothing of reason, or only text'),
  asynchronous: cancel('delay_ms on_trigger', 'Accepted with code 0 and booked delay_ms (60,000) later or on a trigger'),
  two_step: cancel('delay_ms on_trigger', 'The checksum is checked on arrival; booked and answered delay_ms (60,000) later or on a trigger'),
  checksum_ignored: reason('', 'checksum is not looked at'),
  reason_replace: reason('from text', "The PG writes text (&#91;) for each from ([) of reason; '' drops it"),
  reason_cut: reason('max unit', 'The PG keeps the first max (20) characters or bytes of reason'),
  // In the order of application: the fields first, the shape of the history last.
  order_number_cut: answer('max', 'merchant_uid is cut to max (40) characters, in webhooks too'),
  currency_lower_case: answer('', 'currency is krw instead of KRW'),
  float_dust: answer('', 'Sums of cancels are off by the dust of floating point, as 0.30000000000000004'),
  numbers_as_text: answer('', 'Sums come as text'),
  times_as_text: answer('', 'Times come as text'),
  field_value: answer('field value', 'A field is value (null, false, a text, a number, …) or, without one, left out'),
  history_missing: answer('', 'cancel_amount is there, the newest entry of the history is not'),
  history_newest_first: answer('', 'cancel_history comes newest first'),
  history_as_object: answer('', 'cancel_history is an object {"0": …} instead of an array'),
  webhook_lost: webhook('', 'The webhook never arrives'),
  webhook_twice: webhook('', 'The webhook arrives twice'),
  webhook_late: webhook('', 'The webhook arrives after the one that follows it, or a minute late'),
  webhook_form: webhook('', 'The webhook is a form instead of JSON'),
};

export type FaultName = keyof typeof FAULT_TABLE;

/** The names of the faults in some groups. */
export type FaultOf<Group extends FaultGroup> = {
  [Name in FaultName]: (typeof FAULT_TABLE)[Name]['group'] extends Group ? Name : never;
}[FaultName];

export const FAULT_NAMES = Object.keys(FAULT_TABLE) as readonly FaultName[];

/** In the order of the table. */
export function faultsOf<Group extends FaultGroup>(group: Group): readonly FaultOf<Group>[] {
  return FAULT_NAMES.filter((name): name is FaultOf<Group> => groupOf(name) === group);
}

export function groupOf(name: FaultName): FaultGroup {
  return FAULT_TABLE[name].group;
}

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
const RULES = {
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
  const check = (isRight: boolean, where: string, rule: string): void => {
    if (!isRight) throw new FaultScriptError(`${place}${where}: ${rule}`);
  };
  const given = isRecord(entry) ? entry : {};
  check(isRecord(entry), '', 'must be an object such as {"on": "cancel", "fault": "answer_lost"}');
  const known = FAULT_NAMES.find((name) => name === given['fault']);
  const group = known && groupOf(known);
  const implied = group === undefined || group === 'wire' ? undefined : TARGETS_OF[group][0];
  const fields: Fields = { on: implied, ...given };
  for (const field of Object.keys(fields))
    check(
      Object.hasOwn(RULES, field),
      `.${field}`,
      `unknown field, known are ${Object.keys(RULES).join(', ')}`,
    );
  for (const [field, { rule, isValid }] of Object.entries<Rule<unknown>>(RULES)) {
    const { [field]: value } = fields;
    const isRequired = field === 'on' || field === 'fault';
    check(value === undefined ? !isRequired : isValid(value), `.${field}`, `${rule}, got ${show(value)}`);
  }
  const fault = fields as Fields & ScriptedFault;
  const names = [fault.fault, ...(fault.also ?? [])];
  for (const name of names) {
    const targets = TARGETS_OF[groupOf(name)];
    check(targets.includes(fault.on), '.on', `must be ${targets.join(' or ')} for ${name}`);
  }
  check(fault.fault !== 'field_value' || fault.field !== undefined, '.field', 'must name the field');
  // A field without effect is probably a mistake.
  for (const field of Object.keys(fault).filter((name) => !GENERAL.includes(name))) {
    const hasEffect = names.some((name) => FAULT_TABLE[name].parameters.includes(field));
    check(hasEffect, `.${field}`, `has no effect on ${names.join(', ')}`);
  }
  return fault;
}

/**
 * `wire`: the request or its answer is lost or damaged; at most one per request. `cancel`: what the PG does with a
 * cancel. Of the other groups every matching fault applies. `reason`: changes a cancel before it is booked.
 * `answer`: changes how a payment is written. `look`: changes what a read finds. `webhook`: changes how webhooks are sent.
 */
export type FaultGroup = 'wire' | 'cancel' | 'reason' | 'answer' | 'look' | 'webhook';

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
const [answer, look, webhook] = [rowOf('answer'), rowOf('look'), rowOf('webhook')];

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
  stale_look: look('', 'A look shows the state before the newest cancel'),
  webhook_lost: webhook('', 'The webhook never arrives'),
  webhook_twice: webhook('', 'The webhook arrives twice'),
  webhook_late: webhook('', 'The webhook arrives after the one that follows it, or a minute late'),
  webhook_form: webhook('', 'The webhook is a form instead of JSON'),
  webhook_null_id: webhook('', 'cancellation_id is null in the webhook'),
  webhook_numbers: webhook('', 'cancellation_id, and an order number of digits, are numbers in the webhook'),
  webhook_bom: webhook('', 'The body of the webhook starts with a byte order mark'),
  webhook_content_type: webhook('text', 'The webhook has an odd Content-Type: text, or other letter case and charset=EUC-KR'),
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

import type { FaultableRequest, FaultNamed, FaultQueue } from './fault-queue.ts';
import { type FaultOf, faultsOf } from './faults.ts';
import { assertNever, type Fields, isRecord } from './json.ts';
import type { IamportPayment } from './payment.ts';
import { KEPT_ORDER_NUMBER } from './payments.ts';

/** The payment as an endpoint writes it: i'mport's fields after the matching faults. */
export function shownIn(
  faults: FaultQueue,
  endpoint: FaultableRequest['endpoint'],
  payment: IamportPayment,
): Fields {
  const where = { endpoint, impUid: payment.imp_uid };
  return faults.drawAll(faultsOf('answer'), where).reduce<Fields>(withFault, payment);
}

/** The order number as sent in a webhook. */
export function shownOrderNumber(faults: FaultQueue, payment: IamportPayment): string {
  return faults
    .drawAll(['order_number_cut'], { endpoint: 'webhook', impUid: payment.imp_uid })
    .reduce((uid, { max }) => uid.slice(0, max ?? KEPT_ORDER_NUMBER), payment.merchant_uid);
}

const SUMS = ['amount', 'cancel_amount', 'cancel_history.amount'];
const TIMES = ['started_at', 'paid_at', 'failed_at', 'cancelled_at', 'cancel_history.cancelled_at'];
/** The amounts that a client subtracts and compares. The paid amount stays exact, so that the error is visible. */
const ADDED_UP = ['cancel_amount', 'cancel_history.amount'];

function withFault(shown: Fields, scripted: FaultNamed<FaultOf<'answer'>>): Fields {
  const { fault } = scripted;
  switch (fault) {
    case 'order_number_cut':
      return change(shown, ['merchant_uid'], (uid) =>
        String(uid).slice(0, scripted.max ?? KEPT_ORDER_NUMBER),
      );
    case 'currency_lower_case':
      return change(shown, ['currency'], (currency) => String(currency).toLowerCase());
    case 'float_dust':
      // The next larger double, as a result of floating point sums.
      return change(shown, ADDED_UP, (sum) => Number(sum) * (1 + Number.EPSILON));
    case 'numbers_as_text':
      return change(shown, SUMS, String);
    case 'times_as_text':
      return change(shown, TIMES, String);
    case 'field_value':
      return change(shown, [scripted.field ?? ''], () => scripted.value);
    case 'history_missing':
      return changeList(shown, 'cancel_history', (history) => history.slice(0, -1));
    case 'history_newest_first':
      return changeList(shown, 'cancel_history', (history) => history.toReversed());
    case 'history_as_object':
      return changeList(shown, 'cancel_history', (history) => Object.fromEntries(history.entries()));
    default:
      return assertNever(fault);
  }
}

/** `undefined` leaves a field out. */
function change(shown: Fields, fields: readonly string[], by: (value: unknown) => unknown): Fields {
  return fields.reduce((soFar: Fields, path) => {
    const [field = '', inner] = path.split('.');
    if (inner === undefined) return { ...soFar, [field]: by(soFar[field]) };
    return changeList(soFar, field, (list) =>
      list.map((entry) => (isRecord(entry) ? { ...entry, [inner]: by(entry[inner]) } : entry)),
    );
  }, shown);
}

/** A list that a fault has made something else stays unchanged. */
function changeList(shown: Fields, field: string, by: (list: readonly unknown[]) => unknown): Fields {
  const list = shown[field];
  return Array.isArray(list) ? { ...shown, [field]: by(list) } : shown;
}

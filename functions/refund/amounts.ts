import { assertNever } from './assert-never.ts';
import { exponentOf } from './currencies.ts';
import { mapPassedOn, type CancelRequest, type PassedOn } from './intent.ts';
import { fromDecimal, isMinor, ZERO, type Minor, type NotMoney } from './money.ts';
import { omitMissing } from './omit-missing.ts';
import type { FieldFault, Text } from './refusals.ts';

/** Converts the decimals of a request to minor units of the payment's currency. */
export interface Amounts {
  readonly amount: Minor;
  readonly checksum?: Minor;
  readonly passedOn: PassedOn<Minor>;
}

/** The amounts of a request, or every rule that they break. No amount means all that is left. Nothing is rounded. */
export function readAmounts(
  request: CancelRequest,
  currency: string,
  cancelable: Minor,
): Amounts | { readonly errors: readonly FieldFault[] } {
  const errors: FieldFault[] = [];
  const read = (field: string, value: number): Minor => {
    const amount = fromDecimal(value, currency);
    if (isMinor(amount)) return amount;
    errors.push({ pointer: `/${field}`, message: notMoney(amount, currency) });
    return ZERO;
  };
  const maybe = (field: string, value: number | undefined): Minor | undefined =>
    value === undefined ? undefined : read(field, value);
  const amount = maybe('cancel_request_amount', request.amount) ?? cancelable;
  const checksum = maybe('checksum', request.checksum);
  const passedOn = mapPassedOn(request.passedOn, (value: number, wire) => read(wire, value));
  const parts = (passedOn.taxFree ?? 0) + (passedOn.vatAmount ?? 0);
  if (errors.length === 0 && parts > amount) {
    errors.push({ pointer: passedOn.taxFree === undefined ? '/vat_amount' : '/tax_free', message: TOO_MUCH });
  }
  return errors.length > 0 ? { errors } : { amount, passedOn, ...omitMissing({ checksum }) };
}

const TOO_MUCH: Text = {
  en: 'tax_free and vat_amount together must not exceed the amount that is cancelled',
  ko: 'tax_free와 vat_amount의 합은 취소할 금액을 넘을 수 없습니다.',
};

function notMoney(why: NotMoney, currency: string): Text {
  switch (why) {
    case 'not_finite':
      return { en: 'must be finite', ko: '유한한 숫자여야 합니다.' };
    case 'negative':
      return { en: 'must not be negative', ko: '음수일 수 없습니다.' };
    case 'too_many_decimals': {
      const decimals = exponentOf(currency) ?? 0;
      return {
        en: `must have at most ${decimals} decimals, as ${currency} has`,
        ko: `${currency} 금액은 소수점 이하 ${decimals}자리까지만 쓸 수 있습니다.`,
      };
    }
    case 'too_large':
      return { en: 'is too large for an amount', ko: '금액으로 쓰기에 너무 큽니다.' };
    case 'unknown_currency':
      return { en: 'is in a currency outside ISO 4217', ko: 'ISO 4217에 없는 통화입니다.' };
    default:
      return assertNever(why);
  }
}

import { isRecord } from './json.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, succeeded } from './wire.ts';

export interface BankAccount {
  readonly bank_code: string;
  readonly bank_num: string;
  readonly bank_holder: string;
}

/** What i'mport knows besides payments; in memory only, because bank accounts are on no disk of ours. */
export interface Registers {
  addBankAccount(account: BankAccount): void;
  /** `GET /vbanks/holder`: 404 when the bank knows no such account. */
  holder(query: URLSearchParams): Answer;
  /** `POST /payments/prepare`: the amount a payment window may ask for. */
  prepare(body: unknown): Answer;
  /** `GET /payments/prepare/{merchant_uid}`. */
  prepared(merchantUid: string): Answer;
}

export function createRegisters(): Registers {
  const holders = new Map<string, string>();
  const prepared = new Map<string, number>();
  return {
    addBankAccount: ({ bank_code: code, bank_num: number, bank_holder: holder }) => {
      holders.set(keyOf(code, number), holder);
    },
    holder: (query) => {
      const holder = holders.get(keyOf(query.get('bank_code'), query.get('bank_num')));
      return holder === undefined
        ? failed(404, -1, TEXTS.no_such_account.text)
        : succeeded({ bank_holder: holder });
    },
    prepare: (body) => {
      const { merchant_uid: merchantUid, amount } = isRecord(body) ? body : {};
      const sum = typeof amount === 'string' && amount !== '' ? Number(amount) : amount;
      if (typeof merchantUid !== 'string' || merchantUid === '' || typeof sum !== 'number' || !(sum >= 0)) {
        return failed(400, -1, TEXTS.prepare_incomplete.text);
      }
      if (prepared.has(merchantUid)) return failed(200, 1, TEXTS.prepared_already.text);
      prepared.set(merchantUid, sum);
      return succeeded({ merchant_uid: merchantUid, amount: sum });
    },
    prepared: (merchantUid) => {
      const amount = prepared.get(merchantUid);
      return amount === undefined
        ? failed(404, -1, TEXTS.not_prepared.text)
        : succeeded({ merchant_uid: merchantUid, amount });
    },
  };
}

/** Some write an account number with dashes. */
function keyOf(code: string | null, number: string | null): string {
  return JSON.stringify([code, number?.replaceAll('-', '')]);
}

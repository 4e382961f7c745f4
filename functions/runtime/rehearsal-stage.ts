/** What a rehearsal plays: one paid payment of 1,000 won, a table and a provider that agree to everything. */

export const CUSTOMER = 'rehearsal';

const IMP_UID = 'imp_rehearsal';
const PAID_AT = 1_768_435_200;
const AMOUNT = 1_000;

/** A value as DynamoDB's wire has it. */
type Wire = Readonly<Record<string, unknown>>;

const ITEM: Wire = {
  merchant_uid: { S: 'rehearsal' },
  imp_uid: { S: IMP_UID },
  customer_id: { S: CUSTOMER },
  status: { S: 'paid' },
  pay_method: { S: 'card' },
  pg_provider: { S: 'html5_inicis' },
  currency: { S: 'KRW' },
  amount: { N: String(AMOUNT) },
  cancel_amount: { N: '0' },
  paid_at: { N: String(PAID_AT) },
};

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Played {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A request handler of the SDK's that has no network: a query finds the payment, a write is answered by what it wrote. */
export function playedTable(): {
  readonly handle: (request: Request) => Promise<{ readonly response: Played }>;
} {
  return {
    handle: async ({ body }) => {
      const asked = JSON.parse(textOf(body)) as {
        readonly ExpressionAttributeValues?: Wire;
        UpdateExpression?: string;
      };
      const values = Object.values(asked.ExpressionAttributeValues ?? {}).map(mapIn);
      const answer =
        asked.UpdateExpression === undefined
          ? { Count: 1, Items: [ITEM] }
          : { Attributes: afterWrite(values) };
      const response = {
        statusCode: 200,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: Buffer.from(JSON.stringify(answer)),
      };
      return { response };
    },
  };
}

function textOf(body: unknown): string {
  if (!(body instanceof Uint8Array)) return String(body);
  // Not by its own methods: the SDK's bytes play a text, and warn whoever takes them for one.
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

function mapIn(value: unknown): Wire {
  return (value as { readonly M?: Wire }).M ?? {};
}

/** The claim carries its pending refund, the final write the refund's record. */
function afterWrite(values: readonly Wire[]): Wire {
  const record = values.find((value) => 'finished_at' in value);
  const pending = values.find((value) => 'claim_id' in value);
  const id = (record?.['refund_id'] as { readonly S?: string } | undefined)?.S ?? '';
  return {
    ...ITEM,
    refund_seq: { N: '1' },
    refund_records: { M: record === undefined ? {} : { [id]: { M: record } } },
    ...(record === undefined ? { refund_pending: { M: pending ?? {} } } : {}),
  };
}

/** i'mport, without a network. */
export const playedFetch: typeof globalThis.fetch = async (asked) => {
  if (!(asked instanceof globalThis.Request)) throw new TypeError('Bug: ky sends requests');
  const body = asked.method === 'POST' ? await asked.text() : '{}';
  const answer = { code: 0, message: null, response: answerTo(asked.url, body) };
  return new globalThis.Response(JSON.stringify(answer), { status: 200 });
};

function answerTo(url: string, body: string): object {
  if (url.includes('getToken'))
    return { access_token: 'rehearsal', now: PAID_AT, expired_at: PAID_AT + 1_800 };
  const { amount = 0, reason } = JSON.parse(body) as { readonly amount?: number; readonly reason?: string };
  const entry = {
    pg_tid: 'rehearsal',
    amount,
    cancelled_at: PAID_AT,
    reason,
    receipt_url: 'https://rehearsal.invalid/',
    cancellation_id: 'rehearsal',
  };
  return {
    imp_uid: IMP_UID,
    merchant_uid: 'rehearsal',
    pay_method: 'card',
    pg_provider: 'html5_inicis',
    amount: AMOUNT,
    currency: 'KRW',
    status: amount === 0 ? 'paid' : 'cancelled',
    paid_at: PAID_AT,
    cancel_amount: amount,
    cancelled_at: amount === 0 ? 0 : PAID_AT,
    cancel_history: amount === 0 ? [] : [entry],
    custom_data: null,
    receipt_url: 'https://rehearsal.invalid/',
  };
}

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { DEFAULT_OPEN_REFUND_SHARDS } from '../../../../functions/ledger/keys.ts';
import { ledgerOn } from '../../../../functions/ledger/ledger.ts';
import { dynamoDbTable } from '../../../../functions/ledger/store.ts';
import type { Ledger } from '../../../../functions/protocol/ports.ts';
import type { Payment } from '../../../../functions/refund/payment.ts';
import { storiesOf } from '../../../cli/story.ts';
import type { JsonObject } from '../json.ts';
import type { NamedTables } from '../template/plan.ts';
import { type Control, ControlError } from './controls.ts';

/** Reads the local run's ledger. */
export function ledgerIn(client: DynamoDBClient, { ledger }: NamedTables): Ledger {
  const table = dynamoDbTable({ client, writes: client, name: ledger.name });
  return ledgerOn(table, { shards: DEFAULT_OPEN_REFUND_SHARDS });
}

/** The output of the command line's explain, for pages. */
export function ledgerControls(ledger: Ledger): readonly Control[] {
  return [
    {
      route: 'GET /_local/payments/{merchant_uid}/timeline',
      run: async ({ path: { merchant_uid: merchantUid = '' } }) => {
        const payments = await ledger.payments(merchantUid);
        if (payments.length === 0)
          throw new ControlError(404, `merchant_uid: the ledger knows no ${merchantUid}`);
        const moments = (await Promise.all(payments.map(async (each) => momentsOf(each, ledger)))).flat();
        const inOrder = moments.toSorted((a, b) => a.atMs - b.atMs);
        return { status: 200, body: { merchant_uid: merchantUid, moments: inOrder.map(momentJson) } };
      },
    },
  ];
}

interface MomentOfPayment {
  readonly atMs: number;
  readonly text: string;
  readonly impUid: string;
  readonly refundId?: string;
}

async function momentsOf(payment: Payment, ledger: Ledger): Promise<readonly MomentOfPayment[]> {
  const { impUid, paidAtMs } = payment;
  const stories = storiesOf(await ledger.allRefunds(payment), Date.now(), payment);
  return [
    ...(paidAtMs === undefined ? [] : [{ atMs: paidAtMs, text: 'paid', impUid }]),
    ...stories.flatMap(({ item: { refundId }, moments }) =>
      moments.map((moment) => ({ ...moment, impUid, refundId })),
    ),
  ];
}

function momentJson({ atMs, text, impUid, refundId }: MomentOfPayment): JsonObject {
  return { at: new Date(atMs).toISOString(), imp_uid: impUid, refund_id: refundId ?? null, text };
}

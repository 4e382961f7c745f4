import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { documentClient } from '../../../../functions/payments-store/document-client.ts';
import { dynamoDbPaymentsStore } from '../../../../functions/payments-store/dynamodb-payments-store.ts';
import { DEFAULT_OPEN_REFUND_SHARDS } from '../../../../functions/payments-store/keys.ts';
import { timeline } from '../../../cli/timeline.ts';
import { type Control, ControlError } from './control.ts';

/** What `npm run refunds -- explain` tells, for the page that draws it. */
export function timelineControls(dynamoDb: DynamoDBClient, tableName: string): readonly Control[] {
  const store = dynamoDbPaymentsStore(documentClient(dynamoDb), {
    tableName,
    shards: DEFAULT_OPEN_REFUND_SHARDS,
  });
  return [
    {
      route: 'GET /_local/payments/{merchant_uid}/timeline',
      run: async ({ path: { merchant_uid: merchantUid = '' } }) => {
        const { payments } = await store.order(merchantUid);
        if (payments.length === 0)
          throw new ControlError(404, `merchant_uid: the table knows no ${merchantUid}`);
        const moments = payments.flatMap((payment) =>
          timeline(payment).map((moment) => ({ ...moment, imp_uid: payment.impUid })),
        );
        return { status: 200, body: { merchant_uid: merchantUid, moments } };
      },
    },
  ];
}

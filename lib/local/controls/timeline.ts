import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoDbPaymentsStore } from '../../../functions/payments-store/dynamodb-payments-store.ts';
import { timeline } from '../../operations/timeline.ts';
import { type Control, ControlError } from './control.ts';

/** What `npm run refunds -- explain` tells, for the page that draws it. */
export function timelineControls(dynamoDb: DynamoDBClient, tableName: string): readonly Control[] {
  const store = dynamoDbPaymentsStore(DynamoDBDocumentClient.from(dynamoDb), tableName);
  return [
    {
      route: 'GET /_local/payments/{merchant_uid}/timeline',
      run: async ({ path: { merchant_uid: merchantUid = '' } }) => {
        const payment = await store.read(merchantUid);
        if (payment === undefined)
          throw new ControlError(404, `merchant_uid: the table knows no ${merchantUid}`);
        return { status: 200, body: { merchant_uid: merchantUid, moments: timeline(payment) } };
      },
    },
  ];
}

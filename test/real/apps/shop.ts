import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { outputsOf, RefundService, type RefundServiceProps } from 'iamport-refunds-service';

const app = new App();
const stack = new Stack(app, 'Shop');
const props: RefundServiceProps = {
  allowedOrigins: ['https://shop.example'],
  tokens: { issuer: 'https://issuer.shop.example', audience: ['shop'] },
  orders: {
    table: Table.fromTableName(stack, 'Orders', 'shop-orders'),
    attributes: { customerId: 'member_no' },
  },
};
const refunds = new RefundService(stack, 'Refunds', props);
refunds.alarmTopic.addSubscription(new EmailSubscription('oncall@shop.example'));
for (const [name, value] of Object.entries(outputsOf(refunds))) new CfnOutput(stack, name, { value });
app.synth();

import { App } from 'aws-cdk-lib';
import { RefundServiceStack } from '../lib/refund-service-stack.ts';

/** The CDK app: what a deployer decides stands in the context of cdk.json. */
const app = new App();
new RefundServiceStack(app, 'RefundService', {
  description: "Refunds i'mport (PortOne V1) payments, in full or in part, exactly once",
  terminationProtection: true,
});

import { App } from 'aws-cdk-lib';
import { ConfigurationFaults } from '../lib/stack/configuration.ts';
import { RefundServiceStack } from '../lib/stack/refund-service-stack.ts';

/** The CDK app: what a deployer decides stands in the context of cdk.json. */
const app = new App();
try {
  new RefundServiceStack(app, 'RefundService', {
    description: "Refunds i'mport (PortOne V1) payments, in full or in part, exactly once",
    terminationProtection: true,
  });
} catch (error) {
  if (!(error instanceof ConfigurationFaults)) throw error;
  // A wrong setting is the deployer's to mend: one line each, no stack. An app left alive would still be synthesized.
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

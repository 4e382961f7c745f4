import { App } from 'aws-cdk-lib';
import { ConfigurationFaults } from '../lib/stack/configuration.ts';
import { RefundServiceStack } from '../lib/stack/refund-service-stack.ts';

/** The CDK app; the deployer's settings are in the context of cdk.json. */
const app = new App();
try {
  new RefundServiceStack(app, 'RefundService', {
    description: "Refunds i'mport (PortOne V1) payments, in full or in part, exactly once",
    terminationProtection: true,
  });
} catch (error) {
  if (!(error instanceof ConfigurationFaults)) throw error;
  // The deployer must fix a wrong setting: print one line each, without a stack. Exit, or the app would still be synthesized.
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

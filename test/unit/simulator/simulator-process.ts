/** A simulator in a process of its own, so that a test can kill it: `node simulator-process.ts <directory>`. */
import { startIamportSimulator } from '../../../lib/lab/simulator/simulator.ts';

const simulator = await startIamportSimulator({
  impKey: 'key',
  impSecret: 'secret',
  directory: process.argv[2] ?? '',
});
simulator.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 10_000 });
process.stdout.write(`${simulator.url}\n`);

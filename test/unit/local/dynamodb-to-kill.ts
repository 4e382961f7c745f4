import { createRequire } from 'node:module';
import { startDynamoDb } from '../../../lib/lab/local/dynamodb/dynamodb.ts';
import { REGION } from './dynamodb-world.ts';

// Runs the embedded DynamoDB as a process that kills itself at the first transaction: `before` the write, or `after` the
// write and before the answer.
const [directory, when] = process.argv.slice(2);

interface LevelClass {
  readonly prototype: { batch: (operations: readonly { readonly key: string }[]) => Promise<void> };
}
const { Level } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('level') as {
  readonly Level: LevelClass;
};
const write = Level.prototype.batch;
Level.prototype.batch = async function batch(operations) {
  const isTransaction = operations.some(({ key }) => key.startsWith('token~'));
  if (isTransaction && when === 'before') process.kill(process.pid, 'SIGKILL');
  await write.call(this, operations);
  if (isTransaction) process.kill(process.pid, 'SIGKILL');
};

const { url } = await startDynamoDb({ directory, region: REGION, onFault: console.error });
console.log(url);

import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ENVIRONMENT } from '../../../functions/runtime/environment.ts';
import type { Door } from '../../../functions/runtime/invocation.ts';
import { functionEnvironment } from '../../../lib/lab/local/lambda/function-environment.ts';
import { onlySecret, planService, type FunctionPlan } from '../../../lib/lab/local/template/plan.ts';
import { startIamportSimulator, type IamportSimulator } from '../../../lib/lab/simulator/simulator.ts';
import { shopItem, type Item } from '../../support/memory-store.ts';
import { synthesized, type Synthesized } from './assembly.ts';
import { startBundledFunction, type BundledFunction } from './bundled-function.ts';
import { CREDENTIALS, REGION } from './judges.ts';
import { startMoto, type Moto } from './moto.ts';

/** What goes wrong around a function, or what a deployer has told it. */
export type Circumstance =
  | 'fine'
  | 'no_table'
  | 'no_setting'
  | 'secret_empty'
  | 'secret_missing'
  | 'provider_down'
  | 'pg_drops_reasons';

export const EMPTY_SECRET = 'empty-secret';
/** Short, so that what a test waits for comes within seconds. */
const QUIET_PERIOD_SECONDS = 1;
/** Nothing listens there. */
const NOBODY = 'http://127.0.0.1:9';

const CIRCUMSTANCES: Readonly<Record<Circumstance, Readonly<Record<string, string>>>> = {
  fine: {},
  no_setting: { [ENVIRONMENT.tableName]: '' },
  no_table: { [ENVIRONMENT.tableName]: 'no-such-table' },
  secret_empty: { [ENVIRONMENT.secretId]: EMPTY_SECRET },
  secret_missing: { [ENVIRONMENT.secretId]: 'no-such-secret' },
  provider_down: { [ENVIRONMENT.apiUrl]: NOBODY },
  pg_drops_reasons: { [ENVIRONMENT.pgsThatDropReasons]: 'nice' },
};

/** The bundles under Lambda's runtime client, with moto as AWS and the simulator as i'mport. */
export interface Deployed {
  readonly stack: Synthesized;
  readonly moto: Moto;
  readonly tableName: string;
  readonly simulator: IamportSimulator;
  /** Warm after its first use: one environment for each function and circumstance. */
  readonly running: (door: Door, circumstance?: Circumstance) => Promise<BundledFunction>;
  /** A payment at i'mport and its item in the table, `fields` in both and `item` only in the latter. */
  readonly order: (name: string, fields?: Item, item?: Item) => Promise<void>;
  readonly put: (item: Item) => Promise<void>;
  readonly item: (name: string) => Promise<Item | undefined>;
  /** As if the refund in flight had been asked for so much earlier; it is due now. */
  readonly age: (name: string, ms: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

export async function startDeployed(): Promise<Deployed> {
  const stack = await synthesized();
  const plan = planService(stack, REGION);
  const moto = await startMoto();
  const simulator = await startIamportSimulator({ impKey: 'key-1', impSecret: 'SECRET-MARK-1' });
  const [table] = plan.tables;
  if (table === undefined) throw new Error('Bug: a template without a table');
  await moto.createTable(table);
  const filled = JSON.stringify({ imp_key: 'key-1', imp_secret: 'SECRET-MARK-1' });
  // The ARN ends in six characters of Secrets Manager's own, so what stands in the template's place is not it.
  const secret = await moto.createSecret(onlySecret(plan).name, filled);
  // As CloudFormation leaves it until somebody fills it in.
  await moto.createSecret(EMPTY_SECRET, '{"imp_key":"","imp_secret":""}');
  const overlay = {
    region: REGION,
    dynamoDbUrl: moto.url,
    secretsManagerUrl: moto.url,
    iamportUrl: simulator.url,
    quietPeriodSeconds: QUIET_PERIOD_SECONDS,
    credentials: CREDENTIALS,
  };
  const started = new Map<string, Promise<BundledFunction>>();
  const put = async (Item: Item) =>
    void (await moto.documents.send(new PutCommand({ TableName: table.name, Item })));
  return {
    stack,
    moto,
    tableName: table.name,
    simulator,
    running: async (door, circumstance = 'fine') => {
      const name = `${door} ${circumstance}`;
      const known = started.get(name);
      if (known !== undefined) return known;
      const functionPlan = planOf(plan.functions, door);
      const environment = {
        ...functionEnvironment(functionPlan, overlay),
        [ENVIRONMENT.secretId]: secret,
        ...CIRCUMSTANCES[circumstance],
      };
      const begun = startBundledFunction(functionPlan, environment);
      started.set(name, begun);
      return begun;
    },
    put,
    order: async (name, fields = {}, item = {}) => {
      simulator.addPayment({ imp_uid: `imp_${name}`, merchant_uid: name, amount: 10_000, ...fields });
      await put(shopItem(name, { ...fields, ...item }));
    },
    item: async (name) => {
      const Key = { merchant_uid: name, imp_uid: `imp_${name}` };
      return (await moto.documents.send(new GetCommand({ TableName: table.name, Key }))).Item;
    },
    age: async (name, ms) => {
      const update = new UpdateCommand({
        TableName: table.name,
        Key: { merchant_uid: name, imp_uid: `imp_${name}` },
        UpdateExpression:
          'SET refund_pending.requested_at = refund_pending.requested_at - :ms, ' +
          'refund_pending.claimed_at = refund_pending.claimed_at - :ms, ' +
          'refund_pending.resolve_at = :now, refund_resolve_at = :now',
        ExpressionAttributeValues: { ':ms': ms, ':now': Date.now() },
      });
      await moto.documents.send(update);
    },
    end: async () => {
      for (const running of started.values()) await (await running).end();
      await simulator.end();
      await moto.end();
      await stack.end();
    },
  };
}

/** The logical ids of the functions begin with the door's name after that of the construct. */
function planOf(functions: readonly FunctionPlan[], door: Door): FunctionPlan {
  const found = functions.find(({ logicalId }) => logicalId.toLowerCase().includes(door.toLowerCase()));
  if (found === undefined) throw new Error(`Bug: no function ${door} in the template`);
  return found;
}

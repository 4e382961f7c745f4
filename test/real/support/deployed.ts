import * as v from 'valibot';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { paymentKey, refundKey } from '../../../functions/ledger/keys.ts';
import type { Item } from '../../../functions/ledger/table.ts';
import { ENVIRONMENT } from '../../../functions/runtime/environment.ts';
import type { Door } from '../../../functions/runtime/invocation.ts';
import { functionEnvironment } from '../../../lib/lab/local/lambda/function-environment.ts';
import { planService, type FunctionPlan } from '../../../lib/lab/local/template/plan.ts';
import { startIamportSimulator, type IamportSimulator } from '../../../lib/lab/simulator/simulator.ts';
import { synthesized, type Synthesized } from './assembly.ts';
import { startBundledFunction, type BundledFunction } from './bundled-function.ts';
import { webhookEvent } from './gateway-events.ts';
import { CREDENTIALS, REGION, startMoto, type Moto } from './servers.ts';

const EMPTY_SECRET = 'empty-secret';
/** A short time, so that tests wait only seconds. */
const QUIET_PERIOD_SECONDS = 1;
/** No server listens at this address. */
const NOBODY = 'http://127.0.0.1:9';

/** Failures around a function. */
const CIRCUMSTANCES = {
  fine: {},
  no_setting: { [ENVIRONMENT.ledgerTable]: '' },
  no_table: { [ENVIRONMENT.ledgerTable]: 'no-such-table' },
  secret_empty: { [ENVIRONMENT.secretId]: EMPTY_SECRET },
  secret_missing: { [ENVIRONMENT.secretId]: 'no-such-secret' },
  provider_down: { [ENVIRONMENT.apiUrl]: NOBODY },
} as const;
export type Circumstance = keyof typeof CIRCUMSTANCES;

/** The function result that API Gateway converts to an answer. */
const Answer = v.object({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())),
});
export type Answer = v.InferOutput<typeof Answer>;

/** The bundles under Lambda's runtime client, with moto as AWS and the simulator as i'mport. */
export interface Deployed {
  readonly stack: Synthesized;
  readonly moto: Moto;
  readonly simulator: IamportSimulator;
  /** One environment for each function and circumstance; it is warm after its first use. */
  readonly running: (door: Door, circumstance?: Circumstance) => Promise<BundledFunction>;
  /** @throws when Lambda would count an error, which a caller sees as the gateway's 500 */
  readonly ask: (door: Door, event: object, circumstance?: Circumstance) => Promise<Answer>;
  /** Writes an order of the customer with `item`, makes its payment at i'mport with `fields`, and imports it through the webhook function. */
  readonly order: (name: string, fields?: Item, item?: Item) => Promise<void>;
  /** Writes to the shop's table. */
  readonly putOrder: (name: string, item?: Item) => Promise<void>;
  /** Writes to the ledger. */
  readonly put: (item: Item) => Promise<void>;
  /** Reads HEAD of the order's payment. */
  readonly payment: (name: string) => Promise<Item | undefined>;
  /** Overwrites attributes of HEAD. */
  readonly alter: (name: string, attribute: string, value: unknown) => Promise<void>;
  /** Moves the times of the refund in flight and of its looks back by so much; it is due now. */
  readonly age: (name: string, ms: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

export async function startDeployed(): Promise<Deployed> {
  const stack = await synthesized();
  const plan = planService(stack, REGION);
  const moto = await startMoto();
  const simulator = await startIamportSimulator({ impKey: 'key-1', impSecret: 'SECRET-MARK-1' });
  for (const table of Object.values(plan.tables)) await moto.createTable(table);
  const filled = JSON.stringify({ imp_key: 'key-1', imp_secret: 'SECRET-MARK-1' });
  // Secrets Manager appends six characters to the ARN, so the template's value cannot be used.
  const secret = await moto.createSecret(plan.secret.name, filled);
  // The secret's value before somebody fills it.
  await moto.createSecret(EMPTY_SECRET, '{"imp_key":"","imp_secret":""}');
  const overlay = {
    region: REGION,
    dynamoDbUrl: moto.url,
    secretsManagerUrl: moto.url,
    iamportUrl: simulator.url,
    eventBusUrl: moto.url,
    quietPeriodSeconds: QUIET_PERIOD_SECONDS,
    credentials: CREDENTIALS,
  };
  const started = new Map<string, Promise<BundledFunction>>();
  const running: Deployed['running'] = async (door, circumstance = 'fine') => {
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
  };
  const items = itemsIn(moto, {
    orders: plan.tables.orders.TableName,
    ledger: plan.tables.ledger.TableName,
  });
  return {
    stack,
    moto,
    simulator,
    running,
    ask: async (door, event, circumstance) => {
      const { kind, payload } = await (await running(door, circumstance)).invoke(event);
      if (kind === 'error') throw new Error(`An error of the function: ${JSON.stringify(payload)}`);
      return v.parse(Answer, payload);
    },
    ...items,
    order: async (name, fields = {}, item = {}) => {
      simulator.addPayment({ imp_uid: `imp_${name}`, merchant_uid: name, amount: 10_000, ...fields });
      await items.putOrder(name, item);
      const heard = await (await running('receiveWebhook')).invoke(webhookEvent(`imp_${name}`));
      if ((await items.payment(name)) === undefined)
        throw new Error(`the webhook brought nothing in: ${JSON.stringify(heard)}`);
    },
    end: async () => {
      for (const begun of started.values()) await (await begun).end();
      await simulator.end();
      await moto.end();
      await stack.end();
    },
  };
}

type Items = Pick<Deployed, 'putOrder' | 'put' | 'payment' | 'alter' | 'age'>;

function itemsIn({ documents }: Moto, tables: { readonly orders: string; readonly ledger: string }): Items {
  const TableName = tables.ledger;
  const keyOf = (name: string) => ({ merchantUid: name, impUid: `imp_${name}` });
  const payment: Items['payment'] = async (name) => {
    const Key = { ...paymentKey(keyOf(name)) };
    return (await documents.send(new GetCommand({ TableName, Key }))).Item;
  };
  return {
    payment,
    putOrder: async (name, item = {}) => {
      const Item = { merchant_uid: name, customer_id: 'customer', ...item };
      await documents.send(new PutCommand({ TableName: tables.orders, Item }));
    },
    put: async (Item) => void (await documents.send(new PutCommand({ TableName, Item }))),
    alter: async (name, attribute, value) => {
      const update = new UpdateCommand({
        TableName,
        Key: { ...paymentKey(keyOf(name)) },
        UpdateExpression: 'SET #attribute = :value',
        ExpressionAttributeNames: { '#attribute': attribute },
        ExpressionAttributeValues: { ':value': value },
      });
      await documents.send(update);
    },
    age: async (name, ms) => {
      const refundId = String((await payment(name))?.['in_flight']);
      const Key = { ...refundKey({ ...keyOf(name), refundId }) };
      const { Item: refund = {} } = await documents.send(new GetCommand({ TableName, Key }));
      const times = ['requested_at_ms', 'listed_at_ms', 'claimed_at_ms', 'looked_at_ms'].filter(
        (each) => each in refund,
      );
      const earlier = times.map((each) => [each, Number(refund[each]) - ms] as const);
      const aged = { ...refund, ...Object.fromEntries(earlier), resolve_at_ms: Date.now() };
      await documents.send(new PutCommand({ TableName, Item: aged }));
    },
  };
}

/** A function's logical id is the construct's name, then the door's name. */
function planOf(functions: readonly FunctionPlan[], door: Door): FunctionPlan {
  const found = functions.find(({ logicalId }) => logicalId.toLowerCase().includes(door.toLowerCase()));
  if (found === undefined) throw new Error(`Bug: no function ${door} in the template`);
  return found;
}

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { ledgerOn } from '../../functions/ledger/ledger.ts';
import { DEFAULT_ORDER_ATTRIBUTES, type OrderAttributes } from '../../functions/ledger/keys.ts';
import { dynamoDbOrders } from '../../functions/ledger/orders.ts';
import { dynamoDbTable } from '../../functions/ledger/store.ts';
import type { Ledger, Orders } from '../../functions/protocol/ports.ts';
import { StoreError } from '../../functions/protocol/write.ts';
import { OperationsError } from './command.ts';
import { dynamoDbCredentials } from './dynamodb-credentials.ts';
import { described, localInfo } from './local-run.ts';
import type { Target } from './where.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The reads of the ledger that the commands use; they write nothing. */
export type LedgerReads = Pick<
  Ledger,
  | 'orderOf'
  | 'payments'
  | 'payment'
  | 'refund'
  | 'allRefunds'
  | 'refundById'
  | 'listedOn'
  | 'byReference'
  | 'openRefunds'
  | 'openShards'
  | 'reconciliation'
  | 'acknowledgements'
>;

export interface Tables {
  readonly ledger: LedgerReads;
  /** Absent if the table is not named. */
  readonly orders?: Orders;
}

/** Opens the tables that a command reads. Their errors name the table, the cause and the next step. */
export async function openTables(target: Target, env: Environment = process.env): Promise<Tables> {
  if (target.kind === 'local') return localTables(target.url, env);
  const { table, orders, orderAttributes, region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] } = target;
  const endpoint = env['AWS_ENDPOINT_URL_DYNAMODB'];
  const reached = { region, ...(endpoint === undefined ? {} : { endpoint }) };
  const names = { ledger: table, orders, orderAttributes };
  return tablesOn(region === undefined ? {} : { region }, names, reached);
}

async function localTables(url: string, env: Environment): Promise<Tables> {
  const { dynamodb: endpoint, tables, region } = await localInfo(url);
  const credentials = dynamoDbCredentials(endpoint, env['AWS_ENDPOINT_URL_DYNAMODB'], env);
  return tablesOn({ endpoint, region, credentials }, tables, { region, endpoint });
}

interface Names {
  readonly ledger: string;
  readonly orders?: string | undefined;
  /** @default - the attribute names of the stack's own orders table */
  readonly orderAttributes?: OrderAttributes | undefined;
}

function tablesOn(config: DynamoDBClientConfig, names: Names, where: Omit<Reached, 'tableName'>): Tables {
  const client = new DynamoDBClient(config);
  const table = dynamoDbTable({ client, writes: client, name: names.ledger });
  const advised = { ledger: advising(ledgerOn(table), { ...where, tableName: names.ledger }) };
  if (names.orders === undefined) return advised;
  const attributes = names.orderAttributes ?? DEFAULT_ORDER_ATTRIBUTES;
  const orders = dynamoDbOrders(client, { name: names.orders, attributes });
  return { ...advised, orders: advising(orders, { ...where, tableName: names.orders }) };
}

/** The same reads, whose errors also say what to do. */
export function advising<Reads extends object>(reads: Reads, reached: Reached): Reads {
  return new Proxy(reads, {
    get: (target, name) => {
      const read: unknown = Reflect.get(target, name);
      if (typeof read !== 'function') return read;
      return async (...given: readonly unknown[]): Promise<unknown> => {
        try {
          return (await Reflect.apply(read, target, given)) as unknown;
        } catch (error) {
          throw withAdvice(error, reached);
        }
      };
    },
  });
}

// --- Advice for errors ---

/** The table as the user named it. */
export interface Reached {
  readonly tableName: string;
  readonly region: string | undefined;
  /** The address of a DynamoDB outside AWS. */
  readonly endpoint?: string;
}

interface Remedy {
  /** Tested against the name, code and message of the error. */
  readonly when: RegExp;
  readonly advice: (reached: Reached) => string;
}

const SIGN_IN = 'Sign in to the account (aws sso login, or AWS_PROFILE=…) and try again.';

const REMEDIES: readonly Remedy[] = [
  { when: /CredentialsProviderError|Could not load credentials/i, advice: () => SIGN_IN },
  { when: /Expired|UnrecognizedClient|InvalidSignature|SSO/i, advice: () => SIGN_IN },
  {
    when: /Region is missing|ConfigError/i,
    advice: () => 'Name the region of the stack: --region ap-northeast-2, or AWS_REGION=….',
  },
  {
    when: /does not have the specified index|key element does not match/i,
    advice: () => 'This is not the ledger table: compare the name with the outputs of the stack.',
  },
  {
    when: /ResourceNotFound/i,
    advice: ({ region }) =>
      `Compare the name with the outputs of the stack, and the region (${region ?? 'not set'}) with the stack's.`,
  },
  {
    when: /AccessDenied|NotAuthorized/i,
    advice: () =>
      'Use a role that may dynamodb:Query and dynamodb:GetItem the table and its indexes, and kms:Decrypt with its key.',
  },
  {
    when: /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|TimeoutError|NetworkingError/i,
    advice: ({ endpoint }) =>
      endpoint === undefined
        ? 'DynamoDB cannot be reached from here: check network and proxy.'
        : `Nothing answers at ${endpoint}: is it running?`,
  },
  {
    when: /Throttl|ProvisionedThroughputExceeded|ServiceUnavailable|InternalServerError/i,
    advice: () => 'DynamoDB is busy: try again in a moment.',
  },
];

const OTHERWISE = 'Run it again. If it fails again, this is a defect: report it with this text.';

/** Adds table, cause and advice to a read error of the table; other errors are returned unchanged. */
function withAdvice(error: unknown, reached: Reached): unknown {
  if (!(error instanceof StoreError)) return error;
  const chain = causesOf(error);
  const text = chain.map(described).join(' ');
  const root = described(chain.at(-1) ?? error);
  const where = reached.endpoint === undefined ? (reached.region ?? 'no region') : reached.endpoint;
  const remedy = REMEDIES.find(({ when }) => when.test(text));
  return new OperationsError(
    `The table ${reached.tableName} (${where}) cannot be read: ${root}`,
    remedy?.advice(reached) ?? OTHERWISE,
    { cause: error },
  );
}

const MOST_CAUSES = 8;

/** The error and its causes; of an AggregateError the first error counts. */
function causesOf(error: Error): readonly Error[] {
  const chain: Error[] = [];
  let next: unknown = error;
  while (next instanceof Error && chain.length < MOST_CAUSES) {
    chain.push(next);
    next = next instanceof AggregateError && next.errors.length > 0 ? next.errors[0] : next.cause;
  }
  return chain;
}

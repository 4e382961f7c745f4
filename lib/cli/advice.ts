import { OperationsError } from './operations-error.ts';

/** What was reached for, in the words of the one who typed it. */
export interface Reached {
  readonly tableName: string;
  readonly region: string | undefined;
  /** The address of a DynamoDB that is not AWS's. */
  readonly endpoint?: string;
}

interface Remedy {
  /** Of the error's name, code and message, whichever says it. */
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
    when: /does not have the specified index/i,
    advice: () =>
      'This is no table of this service: compare the name with TableName in the outputs of the stack.',
  },
  {
    when: /ResourceNotFound/i,
    advice: ({ region }) =>
      `Compare the name with TableName in the outputs of the stack, and the region (${region ?? 'not set'}) with the stack's.`,
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

const OTHERWISE = 'Run it again; when it stays so, this is a defect: report it with this text.';

/** An error of the table told with its cause, the table's name and what to do; every other error as it is. */
export function withAdvice(error: unknown, reached: Reached): unknown {
  if (!(error instanceof Error) || error instanceof OperationsError) return error;
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

/** The error and what caused it; an error of several connections counts as its first. */
function causesOf(error: Error): readonly Error[] {
  const chain: Error[] = [];
  let next: unknown = error;
  while (next instanceof Error && chain.length < MOST_CAUSES) {
    chain.push(next);
    next = next instanceof AggregateError && next.errors.length > 0 ? next.errors[0] : next.cause;
  }
  return chain;
}

/** `ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1`: never a bare `Error`. */
export function described(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const name = error.name === 'Error' ? code : error.name;
  return [name, error.message].filter((word) => word !== '').join(': ') || 'an error without a text';
}

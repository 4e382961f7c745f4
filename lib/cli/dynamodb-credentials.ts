type Environment = Readonly<Record<string, string | undefined>>;

export interface DynamoDbCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const NONE: DynamoDbCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * By which credentials a local run and all that looks into its table ask the DynamoDB at `url`. The embedded one takes any.
 * One of somebody's own may keep a set of tables for each key, so it is asked by theirs, and no other one ever is.
 * @param theirs where somebody's own is, as `AWS_ENDPOINT_URL_DYNAMODB` says it
 */
export function dynamoDbCredentials(
  url: string,
  theirs: string | undefined,
  { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }: Environment,
): DynamoDbCredentials {
  const isTheirs = theirs !== undefined && bare(theirs) === bare(url);
  return isTheirs && accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : NONE;
}

/** As `npm start` reads the variable. */
function bare(address: string): string {
  return address.trim().replace(/\/+$/, '');
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface DynamoDbCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const NONE: DynamoDbCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * The credentials with which a local run, and whatever reads its tables, calls the DynamoDB at `url`. The embedded one
 * accepts any. The developer's own DynamoDB may keep separate tables per access key, so it gets the developer's key; no
 * other address ever does.
 * @param theirs the address of the developer's own DynamoDB (`AWS_ENDPOINT_URL_DYNAMODB`)
 */
export function dynamoDbCredentials(
  url: string,
  theirs: string | undefined,
  { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }: Environment,
): DynamoDbCredentials {
  const isTheirs = theirs !== undefined && bare(theirs) === bare(url);
  return isTheirs && accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : NONE;
}

/** Trims an address as `npm start` does. */
function bare(address: string): string {
  return address.trim().replace(/\/+$/, '');
}

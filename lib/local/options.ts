/** `progress`: a step of the start. `notice`: something to know. `function`: a line that a function wrote, in short. */
export type Log = (kind: 'progress' | 'notice' | 'function', line: string) => void;

export interface LocalRunOptions {
  /** 0 = any free one. */
  readonly port: number;
  /** Holds the table, the simulator's payments, the key of the token issuer and the functions' log. */
  readonly directory: string;
  /** @default - the simulator */
  readonly iamportApiUrl?: string | undefined;
  readonly impKey?: string | undefined;
  readonly impSecret?: string | undefined;
  /** @default - an embedded DynamoDB */
  readonly dynamodbUrl?: string | undefined;
  /** `never`: only `POST /_local/resolve` runs the resolver. @default - the rate of the template */
  readonly resolveEverySeconds?: number | 'never' | undefined;
  /** @default - the template's */
  readonly quietPeriodSeconds?: number | undefined;
  /** Directory of a cloud assembly to play. @default - the CDK app is synthesized */
  readonly assembly?: string | undefined;
  /** @default - silence */
  readonly log?: Log | undefined;
}

/** `progress`: a step of the start. `notice`: something to know. `fault`: the local run's own, in one line. `function`: a line that a function wrote, in short. */
export type Log = (kind: 'progress' | 'notice' | 'fault' | 'function', line: string) => void;

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
  /** `never`: no schedule runs, only the controls do. @default - the rate of the template */
  readonly resolveEverySeconds?: number | 'never' | undefined;
  /** @default - the template's */
  readonly quietPeriodSeconds?: number | undefined;
  /** Exact origins whose pages may call the API, beside the template's. @default - none */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Directory of a cloud assembly to play. @default - the CDK app is synthesized */
  readonly assembly?: string | undefined;
  /** @default - silence */
  readonly log?: Log | undefined;
}

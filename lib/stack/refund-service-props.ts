import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Settings } from './settings.ts';

/** Nothing is required: every prop has a default that can be deployed. An unknown one is refused. */
export interface RefundServiceProps extends Partial<Settings> {
  /**
   * Payments table with the keys and indexes of `functions/payments-store/keys.ts`.
   * @default - a table with its own key, point-in-time recovery, deletion protection; kept when the stack is deleted
   */
  readonly table?: ITable;
  /**
   * Secret with JSON `{"imp_key", "imp_secret"}`. With a key of the shop's own, it must know that key
   * (`Secret.fromSecretAttributes({ encryptionKey })`), or no function may use it.
   * @default - an empty one is made; the stack's outputs say how to fill it
   */
  readonly iamportSecret?: ISecret;
  /**
   * Who issues the tokens of customers and staff.
   * @default - a Cognito user pool of its own for staff, with managed login and the group `refund-staff`
   */
  readonly tokens?: { readonly issuer: string; readonly audience: readonly string[] };
  /**
   * Where alarms go. Its policy, and its key's, must let CloudWatch publish.
   * @default - a topic of its own, without subscribers
   */
  readonly alarmTopic?: ITopic;
  /**
   * Name of the API, and a certificate for it in the same region; the DNS record is the caller's.
   * @default - the name that AWS gives
   */
  readonly domain?: { readonly name: string; readonly certificate: ICertificate };
}

import type { Node } from 'constructs';
import * as v from 'valibot';
import { distance } from '../../functions/http/body.ts';
import type { OrderAttributes } from '../../functions/ledger/keys.ts';
import { FUNCTION_NAMES } from './functions.ts';
import { ROUTE_KEYS } from './routes.ts';
import {
  address,
  addressOrNothing,
  deskClient,
  fields,
  flag,
  isPublicAddress,
  list,
  origins,
  pgFamilies,
  returnAddresses,
  ruleNames,
  sourceAddresses,
  textOrNothing,
  textThat,
  wholeNumber,
} from './setting-rules.ts';
import type { Settings } from './settings.ts';

/** i'mport's published API address (V1) and webhook addresses, used as defaults. */
const IAMPORT_API_URL = 'https://api.iamport.kr';
const WEBHOOK_SOURCE_ADDRESSES: readonly string[] = ['52.78.100.19', '52.78.48.223', '52.78.5.241'];
/** i'mport recommends to wait a minute or more, and disconnecting does not stop a request. */
const QUIET_PERIOD_SECONDS = 180;

/** Wrong settings, one line each with the key and the rule. */
export class ConfigurationFaults extends Error {
  override readonly name = 'ConfigurationFaults';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

const QUIET_RULE =
  'must be whole seconds, at least 60 (the provider recommends waiting a minute and more), at most 3600';
/** API Gateway's account limit is 10,000 requests a second. */
const throttle = v.strictObject(
  { rate: wholeNumber(1, 10_000), burst: wholeNumber(1, 10_000) },
  'does not fit: a throttle is {"rate": 100, "burst": 500}',
);
const isKeyArn = (arn: string) => /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(arn);
const isSecretArn = (arn: string) => /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:.+-\w{6}$/.test(arn);
const isGlobalAclArn = (arn: string) =>
  /^arn:aws[\w-]*:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]+\/[\w-]+$/.test(arn);
const isHostName = (name: string) => /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(name);
/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 * It is also used in the format of the access log, where $ begins a variable and quotes would need escaping.
 */
const isDimensionValue = (name: string) =>
  /^(?!:)[\x20-\x7E]{1,255}$/.test(name) && name.trim() !== '' && !/[$"\\]/.test(name);

/** In a machine's token `sub` is the client itself, so it does not identify a person. */
const isPersonClaim = (name: string) => /^\S+$/.test(name) && !['sub', 'client_id', 'azp'].includes(name);

const SETTINGS = {
  serviceName: textOrNothing(
    isDimensionValue,
    'must be ASCII text of at most 255 characters, without $, " and \\',
  ),
  iamportApiUrl: v.optional(address, IAMPORT_API_URL),
  iamportTier: textOrNothing(
    (tier) => /^[\x21-\x7E]{3}$/.test(tier),
    'must be the three characters of a sub-merchant',
  ),
  quietPeriodSeconds: v.optional(wholeNumber(60, 3600, QUIET_RULE), QUIET_PERIOD_SECONDS),
  webhookSourceAddresses: v.optional(sourceAddresses, [...WEBHOOK_SOURCE_ADDRESSES]),
  allowedOrigins: v.optional(origins, []),
  pgsThatCancelLater: v.optional(pgFamilies, []),
  rulesOff: v.optional(ruleNames, []),
  importUnknownPayments: v.optional(flag, false),
  customersMayRefund: v.optional(flag, true),
  personClaim: textOrNothing(
    isPersonClaim,
    'must name a claim that holds a person’s name; sub, client_id and azp do not',
  ),
  deletionProtection: v.optional(flag, false),
  concurrency: v.optional(fields(FUNCTION_NAMES, wholeNumber(1, 1000)), {}),
  throttles: v.optional(fields(ROUTE_KEYS, throttle), {}),
  webAclArn: textOrNothing(
    isGlobalAclArn,
    'must be the ARN of a web ACL of scope CLOUDFRONT (in us-east-1); an HTTP API cannot carry a regional one',
  ),
  eventsUrl: textOrNothing(
    isPublicAddress,
    'must be an https address that is reached over the Internet, without a user and a fragment',
  ),
  signInCallbackUrls: v.optional(returnAddresses, []),
  staffDesk: v.optional(deskClient, false),
};

const attributeName = v.optional(v.pipe(v.string('must be text'), v.nonEmpty('must not be empty')));
const ORDER_ATTRIBUTES: Readonly<Record<keyof OrderAttributes, typeof attributeName>> = {
  merchantUid: attributeName,
  customerId: attributeName,
  amount: attributeName,
  currency: attributeName,
  impUid: attributeName,
};

const hostName = v.looseObject({ name: textThat(isHostName, 'must be a host name, without https://') });

const Props = v.object({
  ...SETTINGS,
  orders: v.optional(
    v.looseObject({
      attributes: v.optional(
        v.strictObject(
          ORDER_ATTRIBUTES,
          `must name attributes of the table by ${Object.keys(ORDER_ATTRIBUTES).join(', ')}`,
        ),
      ),
    }),
  ),
  tokens: v.optional(
    v.strictObject({
      issuer: address,
      audience: v.pipe(list, v.minLength(1, 'must name at least one audience')),
    }),
  ),
  domain: v.optional(hostName),
  staffDeskDomain: v.optional(hostName),
});

/** Props that are CDK constructs, and so have no rules. */
const CONSTRUCTS = ['ledger', 'iamportSecret', 'alarmTopic', 'eventBus'];

const Context = v.object({
  ...SETTINGS,
  jwtIssuer: addressOrNothing,
  jwtAudience: v.optional(list, []),
  alarmEmail: textOrNothing((each) => /^[^\s@]+@[^\s@]+$/.test(each), 'must be an e-mail address'),
  iamportSecretArn: textOrNothing(
    isSecretArn,
    'must be the whole ARN of a secret in Secrets Manager, with the six characters at its end',
  ),
  iamportSecretKeyArn: textOrNothing(isKeyArn, 'must be the ARN of a KMS key'),
});

export type Configuration = v.InferOutput<typeof Context>;

/** The construct's props, filled with the defaults. @throws ConfigurationFaults */
export function settingsOf(props: object, path: string): Settings {
  const known = Object.keys(Props.entries);
  const faults = [...unknownKeys(Object.keys(props), [...known, ...CONSTRUCTS]), ...deskFaults(props)];
  const settings = parsed(Props, props, { faults, place: path });
  const { serviceName } = settings;
  return { ...settings, serviceName: serviceName === '' ? path : serviceName };
}

/** The deployer's settings, from the context of cdk.json or from `-c`. @throws ConfigurationFaults */
export function readConfiguration(node: Node): Configuration {
  const known = Object.keys(Context.entries);
  const given = v.parse(v.record(v.string(), v.unknown()), node.getAllContext());
  // The CDK's own keys contain a character that our keys do not: @aws-cdk/…, aws:cdk:…, cli-telemetry.
  const words = Object.keys(given).filter((key) => /^\w+$/.test(key));
  const faults = [...unknownKeys(words, known), ...halves(given)];
  return parsed(Context, given, { faults, place: 'cdk.json context' });
}

/** Settings that must be given together. */
function halves(given: Readonly<Record<string, unknown>>): readonly string[] {
  const has = (key: string) => {
    const words = v.safeParse(list, given[key] ?? []);
    return !words.success || words.output.length > 0;
  };
  const faults: string[] = [];
  if (has('jwtIssuer') !== has('jwtAudience'))
    faults.push('jwtIssuer and jwtAudience belong together; give both or neither');
  if (has('jwtIssuer') && has('signInCallbackUrls'))
    faults.push(
      "signInCallbackUrls belongs to the service's own user pool, which there is not with jwtIssuer",
    );
  if (has('iamportSecretKeyArn') && !has('iamportSecretArn'))
    faults.push('iamportSecretKeyArn is the key of the secret in iamportSecretArn, which is missing');
  return faults;
}

/** The desk signs in where the tokens come from. In its own pool the stack creates the desk's client; for another issuer the deployer names one. */
function deskFaults({
  staffDesk,
  tokens,
  staffDeskDomain,
}: {
  readonly staffDesk?: unknown;
  readonly tokens?: unknown;
  readonly staffDeskDomain?: unknown;
}): readonly string[] {
  const { success, output: desk } = v.safeParse(SETTINGS.staffDesk, staffDesk);
  if (!success) return [];
  if (desk === true && tokens !== undefined)
    return [
      'staffDesk must be {"clientId": "…"} with an issuer of your own: the client that it signs in as there',
    ];
  if (typeof desk === 'object' && tokens === undefined)
    return ["staffDesk must be true with the service's own user pool, which makes the client itself"];
  return desk === false && staffDeskDomain !== undefined
    ? ['staffDeskDomain is the name of the staff desk, which there is not without staffDesk']
    : [];
}

/** A known key that differs by two letters at most is meant, or one that begins like the given one. */
function nearMiss(given: string, known: readonly string[]): string | undefined {
  const word = given.toLowerCase();
  const others = known.map((name) => [name, name.toLowerCase()] as const);
  const close =
    others.find(([, other]) => distance(word, other) <= 2) ??
    others.find(([, other]) => other.startsWith(word) || word.startsWith(other));
  return close?.[0];
}

function unknownKeys(given: readonly string[], known: readonly string[]): readonly string[] {
  return given
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = nearMiss(key, known);
      return `${key} is not a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    });
}

function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  given: unknown,
  { faults, place }: { readonly faults: readonly string[]; readonly place: string },
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, given);
  const issues = (result.issues ?? []).map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`);
  const all = [...faults, ...issues];
  if (!result.success || all.length > 0) {
    throw new ConfigurationFaults([...new Set(all)].map((fault) => `${place}: ${fault}`));
  }
  return result.output;
}

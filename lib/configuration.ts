import type { Node } from 'constructs';
import * as v from 'valibot';
import { IAMPORT_API_URL } from './provider-defaults.ts';

/** A value in cdk.json's context (or after `-c`) that cannot be deployed. Names the key and the rule. */
export class ContextError extends Error {
  override readonly name = 'ContextError';
}

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/;

const text = v.optional(v.string('must be text'), '');
/** A list, or after `-c` a text with commas. */
const list = v.optional(
  v.union(
    [
      v.array(v.string()),
      v.pipe(
        v.string(),
        v.transform((words) => words.split(',')),
      ),
    ],
    'must be a list of texts',
  ),
  [],
);

const Context = v.object({
  jwtIssuer: v.pipe(
    text,
    v.check(
      (issuer) => issuer === '' || issuer.startsWith('https://') || LOOPBACK.test(issuer),
      'must be an https address (http only on the loopback address)',
    ),
  ),
  jwtAudience: text,
  allowedOrigins: v.pipe(
    list,
    v.check((origins) => !origins.includes('*'), 'must name origins; * would let every page in'),
    v.everyItem(
      (origin) => /^https?:\/\/[^/]+$/.test(origin),
      'must be origins such as https://shop.example',
    ),
  ),
  alarmEmail: v.pipe(
    text,
    v.check((address) => address === '' || address.includes('@'), 'must be an e-mail address'),
  ),
  iamportSecretArn: v.pipe(
    text,
    v.check((arn) => arn === '' || arn.startsWith('arn:'), 'must be the ARN of a secret in Secrets Manager'),
  ),
  iamportApiUrl: v.pipe(v.optional(v.string(), IAMPORT_API_URL), v.url('must be a URL')),
  webhookSourceAddresses: v.pipe(
    list,
    v.minLength(1, 'must name at least one address'),
    v.everyItem((address) => v.is(v.pipe(v.string(), v.ip()), address), 'must be IP addresses'),
  ),
  quietPeriodSeconds: v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.transform(Number))]),
    v.integer('must be whole seconds'),
    v.minValue(60, 'must be at least 60: the provider recommends waiting a minute and more'),
    v.maxValue(3600, 'must be at most 3600'),
  ),
});

export type Configuration = v.InferOutput<typeof Context>;

/** What a deployer decides, from the context. Throws `ContextError` with every fault. */
export function readConfiguration(node: Node): Configuration {
  const keys = Object.keys(Context.entries);
  const given = keys.map((key): readonly [string, unknown] => [key, node.tryGetContext(key)]);
  const parsed = v.safeParse(Context, Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  if (!parsed.success) {
    const faults = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'context'} ${issue.message}`);
    throw new ContextError(`cdk.json context: ${faults.join('; ')}`);
  }
  const { jwtIssuer, jwtAudience } = parsed.output;
  if ((jwtIssuer === '') !== (jwtAudience === '')) {
    throw new ContextError(
      'cdk.json context: jwtIssuer and jwtAudience belong together; give both or neither',
    );
  }
  return parsed.output;
}

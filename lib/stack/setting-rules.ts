import { BlockList, isIP } from 'node:net';
import * as v from 'valibot';
import { isSwitchable } from '../../functions/refund/pg/rules.ts';

/** One rule per kind of setting. Each also accepts text, because `cdk -c key=value` passes only text. */

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'];

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** `fetch` refuses such an address. */
function hasUser({ username, password }: URL): boolean {
  return username + password !== '';
}

/** Tokens and keys are sent to it, so it must be https, or http on this machine only. */
export function isSafeAddress(text: string): boolean {
  const url = urlOf(text);
  if (url === undefined || hasUser(url) || url.search !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname));
}

/** Exactly as a browser sends it in `Origin`; any other form would never match. */
function isExactOrigin(text: string): boolean {
  const url = urlOf(text);
  return url?.protocol === 'https:' && url.origin === text && !text.includes('*');
}

/** Cognito accepts http only for `localhost`. */
function isReturnAddress(text: string): boolean {
  const url = urlOf(text);
  if (url === undefined || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost');
}

/** Loopback, private, link-local (instance credentials), shared and reserved ranges. */
const RESERVED_IPV4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3';
/** The first two contain an IPv4 address. */
const RESERVED_IPV6 = '64:ff9b::/96 2002::/16 ::/127 fc00::/7 fe80::/10 ff00::/8 2001:db8::/32';

const NOT_PUBLIC = new BlockList();
for (const network of `${RESERVED_IPV4} ${RESERVED_IPV6}`.split(' ')) {
  const [prefix = '', bits] = network.split('/');
  NOT_PUBLIC.addSubnet(prefix, Number(bits), isIP(prefix) === 4 ? 'ipv4' : 'ipv6');
}

/** The functions post only to public addresses, never into their own machine or network. */
export function isPublicAddress(text: string): boolean {
  const url = urlOf(text);
  if (url?.protocol !== 'https:' || hasUser(url) || url.hash !== '') return false;
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const family = isIP(host);
  if (family !== 0) return !NOT_PUBLIC.check(host, family === 4 ? 'ipv4' : 'ipv6');
  return host.includes('.') && !/\.(localhost|local|internal|lan|home\.arpa)$/.test(host);
}

export const text = v.string('must be text');

export function textThat(test: (value: string) => boolean, rule: string) {
  return v.pipe(text, v.check(test, rule));
}

/** Empty means not given. */
export function textOrNothing(test: (value: string) => boolean, rule: string) {
  return v.optional(
    textThat((value) => value === '' || test(value), rule),
    '',
  );
}

const SAFE_ADDRESS = 'must be an https address (http only on the loopback address), without query';
export const address = textThat(isSafeAddress, SAFE_ADDRESS);
export const addressOrNothing = textOrNothing(isSafeAddress, SAFE_ADDRESS);

/** A list, or a text with commas. */
export const list = v.union(
  [
    v.array(v.string()),
    v.pipe(
      v.string(),
      v.transform((words) => words.split(',').map((word) => word.trim())),
      v.transform((words) => words.filter((word) => word !== '')),
    ),
  ],
  'must be a list of texts',
);

/** Applies a rule to each element and names the wrong one. */
function every(test: (each: string) => boolean, rule: string) {
  return v.check<string[], (issue: v.CheckIssue<string[]>) => string>(
    (all) => all.every(test),
    ({ input }) => `${rule}; ${JSON.stringify(input.find((each) => !test(each)))} is none`,
  );
}

export const origins = v.pipe(
  list,
  v.check((all) => !all.includes('*'), 'must name origins; * would let every page in'),
  every(
    isExactOrigin,
    'must be exact https origins such as https://shop.example (no path, no slash at the end, no *)',
  ),
);

export const returnAddresses = v.pipe(
  list,
  every(isReturnAddress, 'must be https addresses (http only on localhost)'),
);

export const sourceAddresses = v.pipe(
  list,
  v.minLength(1, 'must name at least one address'),
  every((each) => v.is(v.pipe(v.string(), v.ip()), each), 'must be IP addresses'),
);

export const pgFamilies = v.pipe(
  list,
  every(
    (each: string) => /^\w[\w.-]{0,39}(:\w{1,40})?$/.test(each),
    "must be i'mport's pg_provider values, or pg_provider:pay_method",
  ),
);

export const ruleNames = v.pipe(
  list,
  every(isSwitchable, 'must name rules of PGs as functions/refund/pg/rules.ts does'),
);

export const flag = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((word) => word === 'true'),
    ),
  ],
  'must be true or false',
);

/** A text that is no number stays text and is refused; `Number('')` would be 0. */
const number = v.union(
  [v.number(), v.pipe(v.string(), v.regex(/^-?\d+(\.\d+)?$/), v.transform(Number))],
  'must be a number',
);

export function wholeNumber(
  least: number,
  most: number,
  rule = `must be a whole number from ${least} to ${most}`,
) {
  return v.pipe(number, v.integer(rule), v.minValue(least, rule), v.maxValue(most, rule));
}

/** An object, or as `cdk -c` passes it: JSON. */
const orJson = v.pipe(
  v.unknown(),
  v.transform((given) => {
    const json = v.safeParse(v.pipe(v.string(), v.parseJson()), given);
    return json.success ? json.output : given;
  }),
);

/** Fields by name. */
export function fields<Name extends string, Schema extends v.GenericSchema<unknown, unknown>>(
  names: readonly Name[],
  value: Schema,
) {
  return v.pipe(
    orJson,
    v.record(v.picklist(names, `must be one of ${names.join(', ')}`), value, 'must be an object'),
  );
}

const words = v.pipe(v.string('must be text'), v.nonEmpty('must not be empty'));

export const deskClient = v.pipe(
  orJson,
  v.union(
    [v.boolean(), v.strictObject({ clientId: words, scope: v.optional(words), audience: v.optional(words) })],
    'must be true, false, or {"clientId": "…"} with scope and audience where the issuer wants them',
  ),
);

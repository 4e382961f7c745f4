import { LocalRunError } from './errors.ts';

/** `progress`: a step of the start. `notice`: something to know. `fault`: the local run's own, in one line. `function`: a line that a function wrote, in short. */
export type Log = (kind: 'progress' | 'notice' | 'fault' | 'function', line: string) => void;

/** What `npm start` reads, and what only a program can say. */
export interface LocalRunOptions extends Partial<Omit<Settings, 'resolveEverySeconds'>> {
  readonly port: number;
  readonly directory: string;
  /** `never`: no schedule runs, only the controls do. */
  readonly resolveEverySeconds?: number | 'never' | undefined;
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** @default - silence */
  readonly log?: Log | undefined;
}

type Settings = ReturnType<typeof readSettings>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings of `npm start` from its environment. @throws LocalRunError naming the variable and its rule */
export function readSettings(environment: Environment) {
  const impKey = text(environment, 'IAMPORT_IMP_KEY');
  const impSecret = text(environment, 'IAMPORT_IMP_SECRET');
  if ((impKey === undefined) !== (impSecret === undefined)) {
    throw new LocalRunError('IAMPORT_IMP_KEY and IAMPORT_IMP_SECRET must be given together');
  }
  return {
    /** 0 = any free one. */
    port: wholeNumber(environment, 'PORT', 0, 65_535) ?? 3000,
    /** Holds the table, the simulator's payments, the key of the token issuer and the functions' log. */
    directory: text(environment, 'LOCAL_DIRECTORY') ?? '.local',
    /** Directory of a cloud assembly to run. @default - the CDK app is synthesized */
    assembly: text(environment, 'LOCAL_ASSEMBLY'),
    /** @default - the simulator */
    iamportApiUrl: baseUrl(environment, 'IAMPORT_API_URL'),
    impKey,
    impSecret,
    /** @default - an embedded DynamoDB */
    dynamodbUrl: baseUrl(environment, 'AWS_ENDPOINT_URL_DYNAMODB'),
    /** @default - the rate of the template */
    resolveEverySeconds: wholeNumber(environment, 'RESOLVE_EVERY_SECONDS', 1, 86_400),
    /** Where events are posted, too. @default - nowhere */
    eventsUrl: httpUrl(environment, 'EVENTS_URL'),
    /** What they are signed with: `whsec_…`. @default - one that is printed */
    eventsSecret: signingSecret(environment, 'EVENTS_SECRET'),
    /** Exact origins whose pages may call the API, beside the template's. */
    allowedOrigins: origins(environment, 'ALLOWED_ORIGINS'),
    /** @default - the template's */
    quietPeriodSeconds: wholeNumber(environment, 'QUIET_PERIOD_SECONDS', 1, 86_400),
  };
}

/** An empty variable is one that is not set, as in most shells and in docker's files. */
function text(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === '' ? undefined : value;
}

function wholeNumber(environment: Environment, name: string, min: number, max: number): number | undefined {
  const value = text(environment, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  throw new LocalRunError(`${name} must be a whole number from ${min} to ${max}, not "${value}"`);
}

function httpUrl(environment: Environment, name: string): string | undefined {
  const value = text(environment, name);
  if (value === undefined) return undefined;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new LocalRunError(`${name} must be an http:// or https:// address, not "${value}"`);
  }
  const { username, password } = new URL(value);
  // `fetch` sends nothing to such an address.
  if (username + password !== '') throw new LocalRunError(`${name} must name no user and no password`);
  return value;
}

/** An address that a path is put behind. */
function baseUrl(environment: Environment, name: string): string | undefined {
  return httpUrl(environment, name)?.replace(/\/+$/, '');
}

/** As Standard Webhooks has them: 24 to 64 bytes in base64. */
function signingSecret(environment: Environment, name: string): string | undefined {
  const value = text(environment, name);
  const [, key] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value ?? '') ?? [];
  const { length } = Buffer.from(key ?? '', 'base64');
  if (value !== undefined && (length < 24 || length > 64))
    throw new LocalRunError(`${name} must be whsec_ and 24 to 64 bytes in base64`);
  return value;
}

/** As a browser writes them into `Origin`: with one character more, no page would ever match. */
function origins(environment: Environment, name: string): readonly string[] {
  const given = (text(environment, name) ?? '').split(',').map((entry) => entry.trim());
  return given.filter(Boolean).map((entry) => {
    const url = URL.canParse(entry) ? new URL(entry) : undefined;
    if (url?.origin === entry && /^https?:$/.test(url.protocol) && !entry.includes('*')) return entry;
    const hint = url !== undefined && url.origin !== 'null' ? `; perhaps ${url.origin}` : '';
    throw new LocalRunError(
      `${name} must be exact origins such as http://localhost:5173, separated by commas, not "${entry}"${hint}`,
    );
  });
}

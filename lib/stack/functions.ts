import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AssetHashType, DockerImage, type Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  Code,
  Function as Lambda,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { OrderAttributes } from '../../functions/ledger/keys.ts';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import {
  FORWARD_TIMEOUT,
  MEMORY_MB,
  PUBLISH_TIMEOUT,
  RECONCILIATION_TIMEOUT,
  REQUEST_TIMEOUT,
  RESOLVER_TIMEOUT,
} from './budgets.ts';
import { projectFile } from './bundle.ts';
import type { Events } from './events.ts';
import { allow } from './permissions.ts';
import type { Settings } from './settings.ts';
import { KEPT } from './storage.ts';

interface Door {
  readonly description: string;
  /** @default - that of a request */
  readonly timeout?: Duration;
}

/** The functions. The keys are also the values of the metrics' dimension `Function`; the file is its name in kebab-case. */
const DOORS = {
  cancelPayment: { description: 'POST /payments/cancel' },
  getPayment: { description: 'GET /payments/{merchant_uid}' },
  getRefund: { description: 'GET /payments/{merchant_uid}/refunds/{refund_id}' },
  closeRefund: { description: 'POST /payments/{merchant_uid}/refunds/{refund_id}/close' },
  listRefunds: { description: 'GET /refunds' },
  getReconciliation: { description: 'GET /reconciliation' },
  acknowledgeFinding: { description: 'POST /reconciliation/findings/{id}/acknowledge' },
  receiveWebhook: { description: 'POST /webhooks/iamport' },
  resolveRefunds: {
    description: 'Resolves refunds in doubt, every minute',
    timeout: RESOLVER_TIMEOUT,
  },
  reconcilePayments: {
    description: "Compares the ledger with i'mport, every hour and every night",
    timeout: RECONCILIATION_TIMEOUT,
  },
  publishRefunds: {
    description: "Puts what the ledger's stream tells on the bus",
    timeout: PUBLISH_TIMEOUT,
  },
  forwardEvents: {
    description: 'Signs events and posts them to the shop',
    timeout: FORWARD_TIMEOUT,
  },
} as const satisfies Readonly<Record<string, Door>>;

export type FunctionName = keyof typeof DOORS;
export const FUNCTION_NAMES = Object.keys(DOORS) as readonly FunctionName[];
/** Without `eventsUrl` there is no forwarding function. */
export type ServiceFunctions = Readonly<Record<Exclude<FunctionName, 'forwardEvents'>, ServiceFunction>> & {
  readonly forwardEvents?: ServiceFunction;
};

/** What the functions use. */
interface Used {
  readonly ledger: ITable;
  readonly orders: ITable;
  readonly orderAttributes: Partial<OrderAttributes>;
  readonly iamportSecret: ISecret;
  readonly events: Pick<Events, 'bus' | 'failures' | 'forwarding'>;
}

export function serviceFunctions(scope: Construct, used: Used, settings: Settings): ServiceFunctions {
  const shared = environmentOf(used, settings);
  const { webhookSourceAddresses, personClaim, concurrency } = settings;
  const own: Partial<Record<FunctionName, Readonly<Record<string, string>>>> = {
    receiveWebhook: { [ENVIRONMENT.webhookSourceAddresses]: webhookSourceAddresses.join(',') },
    closeRefund: unlessEmpty(ENVIRONMENT.personClaim, personClaim),
  };
  const eventful = eventEnvironments(used, settings);
  const make = (name: FunctionName): ServiceFunction =>
    new ServiceFunction(scope, `${name.charAt(0).toUpperCase()}${name.slice(1)}`, {
      ...DOORS[name],
      entry: name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      environment: eventful[name] ?? { ...shared, ...own[name] },
      reservedConcurrency: concurrency[name],
    });
  const wanted = FUNCTION_NAMES.filter((name) => name !== 'forwardEvents' || used.events.forwarding);
  return Object.fromEntries(wanted.map((name) => [name, make(name)])) as ServiceFunctions;
}

function unlessEmpty(variable: string, value: string): Readonly<Record<string, string>> {
  return value === '' ? {} : { [variable]: value };
}

function environmentOf(
  { ledger, orders, orderAttributes, iamportSecret }: Used,
  settings: Settings,
): Readonly<Record<string, string>> {
  const attributes = Object.keys(orderAttributes).length === 0 ? '' : JSON.stringify(orderAttributes);
  return {
    [ENVIRONMENT.ordersTable]: orders.tableName,
    ...unlessEmpty(ENVIRONMENT.orderAttributes, attributes),
    [ENVIRONMENT.ledgerTable]: ledger.tableName,
    [ENVIRONMENT.secretId]: iamportSecret.secretArn,
    [ENVIRONMENT.apiUrl]: settings.iamportApiUrl,
    ...unlessEmpty(ENVIRONMENT.iamportTier, settings.iamportTier),
    [ENVIRONMENT.quietPeriodSeconds]: String(settings.quietPeriodSeconds),
    [ENVIRONMENT.serviceName]: settings.serviceName,
    ...unlessEmpty(ENVIRONMENT.pgsThatCancelLater, settings.pgsThatCancelLater.join(',')),
    ...unlessEmpty(ENVIRONMENT.rulesOff, settings.rulesOff.join(',')),
    [ENVIRONMENT.importUnknownPayments]: String(settings.importUnknownPayments),
    [ENVIRONMENT.customersMayRefund]: String(settings.customersMayRefund),
  };
}

/** The two event functions use neither the shop's orders nor i'mport. */
function eventEnvironments(
  { ledger, events: { bus, failures, forwarding } }: Used,
  settings: Settings,
): Partial<Record<FunctionName, Readonly<Record<string, string>>>> {
  const serviceName = { [ENVIRONMENT.serviceName]: settings.serviceName };
  return {
    publishRefunds: {
      ...serviceName,
      [ENVIRONMENT.ledgerTable]: ledger.tableName,
      [ENVIRONMENT.eventBus]: bus.eventBusName,
      [ENVIRONMENT.eventFailuresQueue]: failures.queueUrl,
    },
    ...(forwarding && {
      forwardEvents: {
        ...serviceName,
        [ENVIRONMENT.eventsUrl]: forwarding.url,
        [ENVIRONMENT.eventsSecretId]: forwarding.secret.secretArn,
        [ENVIRONMENT.eventsQueue]: forwarding.queue.queueUrl,
        [ENVIRONMENT.eventFailuresQueue]: forwarding.failures.queueUrl,
      },
    }),
  };
}

interface ServiceFunctionProps extends Door {
  /** File in functions/ without its extension; it exports `handler`. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: none is reserved, because a new account has ten in all and refuses every reservation. */
  readonly reservedConcurrency: number | undefined;
}

/** A function of the service: bundled for Node 24 on arm64, with tracing, its own role and its own log group. */
export class ServiceFunction extends Construct {
  readonly lambda: Lambda;
  /** The gateway and the schedule call this alias; a deployment shifts it to the next version. */
  readonly alias: Alias;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: KEPT,
    });
    this.role = this.#role(this.logGroup);
    this.lambda = new Lambda(this, 'Function', {
      code: bundledCode(props.entry),
      handler: 'index.handler',
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MB,
      timeout: props.timeout ?? REQUEST_TIMEOUT,
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
      tracing: Tracing.ACTIVE,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.TEXT,
      role: this.role,
      environment: props.environment,
    });
    this.alias = new Alias(this, 'Live', { aliasName: 'live', version: this.lambda.currentVersion });
  }

  /** Written out instead of AWS's managed policy: this log group and no other. */
  #role(logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    allow(role, 'WriteOwnLogs', logGroup.logGroupArn, 'logs:CreateLogStream', 'logs:PutLogEvents');
    return role;
  }
}

/**
 * The code of `functions/<entry>.ts` from `bundle.ts`, made at synthesis, so that the deployed code is byte for byte the tested
 * code. The runtime's SDK is not used, because it changes without a deployment.
 */
function bundledCode(entry: string): Code {
  return Code.fromAsset(existsSync(MADE_BEFORE) ? MADE_BEFORE : projectFile('functions'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      local: {
        tryBundle(directory) {
          copyFileSync(path.join(allBundles(), `${entry}.mjs`), path.join(directory, 'index.mjs'));
          return true;
        },
      },
      // Distinguishes the entries in the shared folder.
      command: [entry],
      // Required, but not used.
      image: DockerImage.fromRegistry('scratch'),
    },
  });
}

/** The bundles in an installed package (lib/packages/service-package.ts). */
const MADE_BEFORE = projectFile('lib/stack/bundles');

let made: string | undefined = existsSync(MADE_BEFORE) ? MADE_BEFORE : undefined;

/** The folder with all bundles. The CDK is synchronous, so another process makes them, all at once. */
function allBundles(): string {
  if (made !== undefined) return made;
  const folder = mkdtempSync(path.join(tmpdir(), 'refunds-bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [projectFile('lib/stack/make-bundles.ts'), folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  made = folder;
  return made;
}

import { RemovalPolicy, Validations, type Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { MEMORY_MB } from './budgets.ts';
import {
  ESBUILD_ARGUMENTS,
  GLOBAL_STAND_INS,
  INJECTED,
  MAIN_FIELDS,
  projectFile,
  TARGET,
} from './bundling.ts';

export interface ServiceFunctionProps {
  /** File in functions/ without its ending; it exports `handler`. */
  readonly entry: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: none, since a new account has ten in all and refuses every reservation. */
  readonly reservedConcurrency: number | undefined;
}

/** A function as this service has them: bundled for Node 24 on arm64, traced, with a role and a log group of its own. */
export class ServiceFunction extends Construct {
  readonly lambda: NodejsFunction;
  /** What the gateway and the schedule call; a deployment shifts it from one version to the next. */
  readonly alias: Alias;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.role = this.#role(this.logGroup);
    this.lambda = new NodejsFunction(this, 'Function', {
      entry: projectFile(`functions/${props.entry}.ts`),
      projectRoot: projectFile(''),
      // Nothing is installed, so this file's name does not matter; a package that was installed has no lockfile of its own.
      depsLockFilePath: projectFile('package.json'),
      handler: 'handler',
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MB,
      timeout: props.timeout,
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
      tracing: Tracing.ACTIVE,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.TEXT,
      role: this.role,
      environment: props.environment,
      bundling: {
        format: OutputFormat.ESM,
        mainFields: [...MAIN_FIELDS],
        target: TARGET,
        define: { ...GLOBAL_STAND_INS },
        inject: [...INJECTED],
        minify: true,
        // No source map, and no flag that reads one at each start: `bundle.ts` makes it when a logged stack is to be read.
        // The runtime's own SDK changes without a deployment; ours is the one that was tested.
        externalModules: [],
        esbuildArgs: ESBUILD_ARGUMENTS,
        logLevel: LogLevel.WARNING,
      },
    });
    this.alias = new Alias(this, 'Live', { aliasName: 'live', version: this.lambda.currentVersion });
  }

  /** Written out instead of AWS's managed policy: this log group and no other. */
  #role(logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        sid: 'WriteOwnLogs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray has no resources: its two write actions can only be granted on *.',
    });
    return role;
  }
}

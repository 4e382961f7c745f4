import { Duration, Validations } from 'aws-cdk-lib';
import { Alarm, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { Construct } from 'constructs';
import { unexpectedErrors } from './metrics.ts';
import type { ServiceFunctions } from './service-functions.ts';

/**
 * A tenth of the traffic for five minutes; errors of the new version take it back. CodeDeploy only knows alarms, and an
 * alarm only fixed dimensions: the version in them is the one that this deployment makes, and CloudFormation changes the
 * alarm before it shifts the alias. So the old version's errors stop no deployment that mends them.
 */
export function deployGradually(
  scope: Construct,
  { functions, serviceName }: { readonly functions: ServiceFunctions; readonly serviceName: string },
): void {
  const measured = { service: serviceName, statistic: 'Sum', period: Duration.minutes(1) } as const;
  for (const [door, { alias, lambda }] of Object.entries(functions)) {
    const { version } = lambda.currentVersion;
    const ofTheNewVersion = {
      FunctionName: lambda.functionName,
      Resource: `${lambda.functionName}:${alias.aliasName}`,
      ExecutedVersion: version,
    };
    const shift = new LambdaDeploymentGroup(scope, `${door}Shift`, {
      alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [
        alarmOn(
          scope,
          `${door}DeploymentErrors`,
          lambda.metricErrors({ period: measured.period, dimensionsMap: ofTheNewVersion }),
        ),
        alarmOn(scope, `${door}DeploymentUnexpected`, unexpectedErrors(measured, { door, version })),
      ],
    });
    Validations.of(shift).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: "CodeDeploy's own role for shifting an alias; AWS keeps it to what that takes.",
    });
  }
}

function alarmOn(scope: Construct, id: string, metric: IMetric): Alarm {
  return new Alarm(scope, `${id}Alarm`, {
    metric,
    threshold: 1,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription:
      'An error while a new version takes over rolls it back. Runbook: lib/stack/RUNBOOK.md#deployment',
  });
}

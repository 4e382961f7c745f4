import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** A place for i'mport's key and secret, under a key that encrypts nothing else: who may read payments may not read it. */
export function iamportSecret(scope: Construct): Secret {
  const encryptionKey = new Key(scope, 'IamportSecretKey', {
    description: "Encrypts i'mport's REST API key and secret",
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const secret = new Secret(scope, 'IamportSecret', {
    description: 'i\'mport\'s REST API key and secret: {"imp_key", "imp_secret"}',
    encryptionKey,
    removalPolicy: RemovalPolicy.RETAIN,
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ imp_key: '' }),
      generateStringKey: 'imp_secret',
    },
  });
  const reason =
    "Only i'mport's console can issue a new key, so nothing here could rotate it; a rotated one is picked up within minutes.";
  Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason });
  return secret;
}

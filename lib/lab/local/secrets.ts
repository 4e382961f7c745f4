import { type HttpServer, noPages, readBody, startHttpServer } from './http-server.ts';
import { isObject, parseJson } from './json.ts';

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly value: string;
}

/** Implements the part of Secrets Manager's protocol (JSON 1.1) that reads a secret. */
export function startSecretsManager(
  secrets: readonly Secret[],
  onFault: (error: unknown) => void,
): Promise<HttpServer> {
  return startHttpServer({ port: 0, guard: noPages, onFault }, async (request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
      return answer(400, { __type: 'UnknownOperationException' });
    const body = parseJson((await readBody(request)).toString());
    const id = isObject(body) ? body['SecretId'] : undefined;
    const secret = secrets.find(({ arn, name }) => arn === id || name === id);
    if (secret === undefined) return answer(400, { __type: 'ResourceNotFoundException' });
    const { arn: ARN, name: Name, value: SecretString } = secret;
    return answer(200, { ARN, Name, SecretString, VersionStages: ['AWSCURRENT'] });
  });
}

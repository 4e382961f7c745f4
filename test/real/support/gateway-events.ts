/** The caller's claims as the JWT authorizer passes them on: every value is a string. */
interface Caller {
  readonly sub: string;
  readonly groups?: string;
}

interface Request {
  readonly caller?: Caller;
  readonly body?: unknown;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly sourceIp?: string;
}

/**
 * An event of an HTTP API, payload 2.0, with every field of AWS's own example:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
function gatewayEvent(routeKey: string, request: Request): object {
  const { caller, parameters, sourceIp = '203.0.113.7' } = request;
  const [method = '', route = ''] = routeKey.split(' ');
  const path = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters?.[name] ?? '');
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const host = 'r3pmxmplak.execute-api.ap-northeast-2.amazonaws.com';
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    cookies: ['s_fid=7AAB6XMPLAFD9BBF-0643XMPL09956DE2', 'regStatus=pre-register'],
    headers: {
      accept: '*/*',
      'accept-encoding': 'gzip, deflate, br',
      'content-length': String(Buffer.byteLength(body ?? '')),
      host,
      'user-agent': 'Mozilla/5.0',
      'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
      'x-forwarded-for': sourceIp,
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'r3pmxmplak',
      ...(caller && { authorizer: { jwt: { claims: claimsOf(caller), scopes: null } } }),
      domainName: host,
      domainPrefix: 'r3pmxmplak',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: 'Mozilla/5.0' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey,
      stage: '$default',
      time: '10/Mar/2026:05:16:23 +0000',
      timeEpoch: 1_773_119_783_000,
    },
    ...(parameters && { pathParameters: parameters }),
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
}

function claimsOf({ sub, groups }: Caller): Readonly<Record<string, string>> {
  const issuer = 'https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_example';
  const times = { exp: '1773123383', iat: '1773119783' };
  const always = { sub, iss: issuer, token_use: 'access', username: sub, ...times };
  return groups === undefined ? always : { ...always, 'cognito:groups': groups };
}

const CUSTOMER: Caller = { sub: 'customer' };
const STAFF: Caller = { sub: 'staff-1', groups: '[refund-staff]' };

export function cancelEvent(body: unknown): object {
  return gatewayEvent('POST /payments/cancel', { caller: CUSTOMER, body });
}

export function getEvent(merchantUid: string): object {
  const parameters = { merchant_uid: merchantUid };
  return gatewayEvent('GET /payments/{merchant_uid}', { caller: CUSTOMER, parameters });
}

interface RefundNames {
  readonly merchant_uid: string;
  readonly refund_id: string;
}

export function refundEvent(names: RefundNames): object {
  const route = 'GET /payments/{merchant_uid}/refunds/{refund_id}';
  return gatewayEvent(route, { caller: CUSTOMER, parameters: { ...names } });
}

export function closeEvent(names: RefundNames, body: unknown): object {
  const route = 'POST /payments/{merchant_uid}/refunds/{refund_id}/close';
  return gatewayEvent(route, { caller: STAFF, parameters: { ...names }, body });
}

/** A webhook from one of i'mport's addresses. */
export function webhookEvent(impUid: string): object {
  const body = { imp_uid: impUid, merchant_uid: 'any', status: 'paid' };
  return gatewayEvent('POST /webhooks/iamport', { body, sourceIp: '52.78.100.19' });
}

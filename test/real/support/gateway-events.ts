/** The caller's claims as the JWT authorizer passes them on: every value is a string. */
export interface Caller {
  readonly sub: string;
  readonly groups?: string;
}

interface Request {
  readonly route: string;
  readonly path: string;
  readonly caller?: Caller;
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly sourceIp?: string;
}

/**
 * An event of an HTTP API, payload 2.0, with every field of AWS's own example:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function gatewayEvent(request: Request): object {
  const { route, path, caller, body, headers, pathParameters, query, sourceIp = '203.0.113.7' } = request;
  const host = 'r3pmxmplak.execute-api.ap-northeast-2.amazonaws.com';
  return {
    version: '2.0',
    routeKey: route,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
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
      ...(body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      ...headers,
    },
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'r3pmxmplak',
      ...(caller === undefined ? {} : { authorizer: { jwt: { claims: claimsOf(caller), scopes: null } } }),
      domainName: host,
      domainPrefix: 'r3pmxmplak',
      http: {
        method: route.split(' ')[0],
        path,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: 'Mozilla/5.0',
      },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: route,
      stage: '$default',
      time: '10/Mar/2026:05:16:23 +0000',
      timeEpoch: 1_773_119_783_000,
    },
    ...(pathParameters === undefined ? {} : { pathParameters }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}

function claimsOf({ sub, groups }: Caller): Readonly<Record<string, string>> {
  const issuer = 'https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_example';
  const times = { exp: '1773123383', iat: '1773119783' };
  const always = { sub, iss: issuer, token_use: 'access', username: sub, ...times };
  return groups === undefined ? always : { ...always, 'cognito:groups': groups };
}

export const CUSTOMER: Caller = { sub: 'customer' };
export const STAFF: Caller = { sub: 'staff-1', groups: '[refund-staff]' };
export const OTHER_STAFF: Caller = { sub: 'staff-2', groups: '[refund-staff]' };

export function cancelEvent(body: unknown, caller: Caller = CUSTOMER, key?: string): object {
  const route = 'POST /payments/cancel';
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  return gatewayEvent({ route, path: '/payments/cancel', caller, body: JSON.stringify(body), headers });
}

export function getEvent(merchantUid: string, caller: Caller = CUSTOMER): object {
  const pathParameters = { merchant_uid: merchantUid };
  return gatewayEvent({
    route: 'GET /payments/{merchant_uid}',
    path: `/payments/${merchantUid}`,
    caller,
    pathParameters,
  });
}

interface RefundNames {
  readonly merchantUid: string;
  readonly refundId: string;
}

export function refundEvent({ merchantUid, refundId }: RefundNames, caller: Caller = CUSTOMER): object {
  return gatewayEvent({
    route: 'GET /payments/{merchant_uid}/refunds/{refund_id}',
    path: `/payments/${merchantUid}/refunds/${refundId}`,
    caller,
    pathParameters: { merchant_uid: merchantUid, refund_id: refundId },
  });
}

export function closeEvent(
  { merchantUid, refundId }: RefundNames,
  body: unknown,
  caller: Caller = STAFF,
): object {
  return gatewayEvent({
    route: 'POST /payments/{merchant_uid}/refunds/{refund_id}/close',
    path: `/payments/${merchantUid}/refunds/${refundId}/close`,
    caller,
    body: JSON.stringify(body),
    pathParameters: { merchant_uid: merchantUid, refund_id: refundId },
  });
}

/** A webhook from one of i'mport's addresses. */
export function webhookEvent(impUid: string, sourceIp = '52.78.100.19'): object {
  const body = JSON.stringify({ imp_uid: impUid, merchant_uid: 'any', status: 'paid' });
  return gatewayEvent({ route: 'POST /webhooks/iamport', path: '/webhooks/iamport', body, sourceIp });
}

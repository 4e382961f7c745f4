/** API Gateway's event for a refund of 1,000 won by the order's customer. */
export function cancelEvent(merchantUid: string): object {
  return {
    version: '2.0',
    routeKey: 'POST /payments/cancel',
    rawPath: '/payments/cancel',
    rawQueryString: '',
    headers: {
      'accept-language': 'ko',
      'content-type': 'application/json',
      'idempotency-key': `key-${merchantUid}`,
    },
    requestContext: {
      http: { method: 'POST', path: '/payments/cancel', sourceIp: '203.0.113.1', userAgent: 'bench' },
      authorizer: { jwt: { claims: { sub: 'customer' }, scopes: null } },
      requestId: 'bench',
    },
    body: JSON.stringify({ merchant_uid: merchantUid, cancel_request_amount: 1_000, reason: '단순 변심' }),
    isBase64Encoded: false,
  };
}

export function context(): object {
  const endsAtMs = Date.now() + 28_000;
  return {
    awsRequestId: 'bench',
    functionName: 'bench',
    getRemainingTimeInMillis: () => endsAtMs - Date.now(),
  };
}

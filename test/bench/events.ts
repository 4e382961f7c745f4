/**
 * API Gateway's event for one refund of 1,000 won by the order's customer. `nth`: for one of many refunds of an
 * order, of 10 won, by staff, who have no rate limit.
 */
export function cancelEvent(merchantUid: string, nth?: number): object {
  const isOne = nth === undefined;
  return {
    version: '2.0',
    routeKey: 'POST /payments/cancel',
    rawPath: '/payments/cancel',
    rawQueryString: '',
    headers: {
      'accept-language': 'ko',
      'content-type': 'application/json',
      'idempotency-key': `key-${merchantUid}${isOne ? '' : `-${nth}`}`,
    },
    requestContext: {
      http: { method: 'POST', path: '/payments/cancel', sourceIp: '203.0.113.1', userAgent: 'bench' },
      authorizer: {
        jwt: {
          claims: isOne ? { sub: 'customer' } : { sub: 'staff', 'cognito:groups': '[refund-staff]' },
          scopes: null,
        },
      },
      requestId: 'bench',
    },
    body: JSON.stringify({
      merchant_uid: merchantUid,
      cancel_request_amount: isOne ? 1_000 : 10,
      reason: '단순 변심',
    }),
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

/** The functions by the names that the stack gives them; the metrics' dimension `Function`. */
export type Door =
  | 'cancelPayment'
  | 'getPayment'
  | 'closeRefund'
  | 'receiveWebhook'
  | 'resolveRefunds'
  | 'reconcilePayments';

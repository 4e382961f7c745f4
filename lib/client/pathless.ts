/** Whether a path cannot carry an order's number: gateways decode %2F before they route, and browsers resolve dots. */
export function isPathless(order: string): boolean {
  return /[/\\?#%;]/.test(order) || /^\.{1,2}$/.test(order);
}

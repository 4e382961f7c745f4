/** The only place that reads the time: epoch ms. */
export const systemClock = (): number => Date.now();

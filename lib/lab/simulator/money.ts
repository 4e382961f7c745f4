/**
 * Exact money: a whole number of minor units inside, a decimal number of major units on the wire. The simulator is the
 * judge of what the refund service did, so it has its own arithmetic and shares none with it.
 */

/** Whole minor units: won, yen, US cents. */
export type Minor = number;

/** ISO 4217 exponents that are not 2. */
const EXPONENTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
};

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

export function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/**
 * Reads an amount as it stands on the wire: a number, or the text of one (form bodies have nothing else).
 * `undefined` when it is not a decimal number, or has more decimals than the currency.
 */
export function toMinor(amount: unknown, currency: string): Minor | undefined {
  if (typeof amount !== 'number' && typeof amount !== 'string') {
    return undefined;
  }
  // The shortest text of a double is what the sender wrote; multiplying 14.2 by 100 is not exact.
  const [matched, sign = '', whole = '', decimals = ''] = DECIMAL.exec(String(amount).trim()) ?? [];
  const exponent = exponentOf(currency);
  const significant = decimals.replace(/0+$/, '');
  if (matched === undefined || significant.length > exponent) {
    return undefined;
  }
  const minor = Number(sign + whole + significant.padEnd(exponent, '0'));
  // `-0` would be written as 0 but compares differently in tests.
  return Number.isSafeInteger(minor) ? minor + 0 : undefined;
}

/** The number for the wire: the double that is nearest to the decimal text, and therefore printed as that text. */
export function toMajor(minor: Minor, currency: string): number {
  const exponent = exponentOf(currency);
  if (exponent === 0) {
    return minor;
  }
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const text = `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return minor < 0 ? -Number(text) : Number(text);
}

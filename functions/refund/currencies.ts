/**
 * Minor-unit exponents of ISO 4217 (list one, active codes). Codes without a minor unit (gold, silver, testing) are omitted: a
 * payment in them is refused, not guessed. Intl is not used: its digits come from CLDR, which differs from ISO 4217 for some
 * currencies (e.g. IQD).
 */
const EXPONENT_0 = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF';
const EXPONENT_2 = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
  CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
  IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
  MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
  SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG
  YER ZAR ZMW ZWG`;
const EXPONENT_3 = 'BHD IQD JOD KWD LYD OMR TND';
const EXPONENT_4 = 'CLF UYW';

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  [EXPONENT_0, '', EXPONENT_2, EXPONENT_3, EXPONENT_4].flatMap((codes, exponent) => {
    // The list's index is the exponent; exponent 1 is empty, because no currency has it.
    return codes
      .trim()
      .split(/\s+/)
      .filter((code) => code !== '')
      .map((code) => [code, exponent] as const);
  }),
);

/** Decimals of a currency by ISO 4217; undefined when the code is not in the standard. */
export function exponentOf(currency: string): number | undefined {
  return EXPONENTS.get(currency);
}

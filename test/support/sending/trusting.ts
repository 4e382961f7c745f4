import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';
import { PUBLIC_CERTIFICATE } from './certificate.ts';

/** Until the test ends, this process trusts the certificate that nobody signed. */
export function trusting(): void {
  const before = getCACertificates();
  setDefaultCACertificates([...before, PUBLIC_CERTIFICATE]);
  onTestFinished(() => setDefaultCACertificates(before));
}

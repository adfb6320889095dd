/** Certificates for tests. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A self-signed certificate for 127.0.0.1, written to the files. @returns the certificate, which is its own CA. */
export function certify(cert: string, key: string): string {
  const wanted = ['-subj', '/CN=smooth-operator', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...wanted, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return readFileSync(cert, 'utf8');
}

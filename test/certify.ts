/** Certificates for tests. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });

/** A self-signed certificate for 127.0.0.1, written to the files. @returns the certificate, which is its own CA. */
export function certify(cert: string, key: string): string {
  const wanted = ['-subj', '/CN=smooth-operator', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  openssl('req', '-x509', ...CURVE, ...wanted, '-keyout', key, '-out', cert);
  return readFileSync(cert, 'utf8');
}

export interface Pair {
  cert: string;
  key: string;
}

export interface Authority {
  /** Its certificate, PEM. */
  ca: string;
  /** The file with that. */
  file: string;
  /** A certificate of it for a client, without a subject where the name is empty. @param extensions more lines for it, such as another use or a DNS name. */
  issue(commonName: string, extensions?: string[]): Pair;
}

/** A CA, at `PATH.crt` and `PATH.key`. */
export function authority(path: string): Authority {
  const file = `${path}.crt`;
  openssl(
    'req',
    '-x509',
    ...CURVE,
    '-subj',
    `/CN=${basename(path)}`,
    '-days',
    '2',
    '-keyout',
    `${path}.key`,
    '-out',
    file,
  );
  let count = 0;
  return {
    ca: readFileSync(file, 'utf8'),
    file,
    issue: (commonName, extensions = ['extendedKeyUsage=clientAuth']) => {
      const at = `${path}-${++count}`;
      writeFileSync(`${at}.ext`, extensions.join('\n'));
      openssl(
        'req',
        '-new',
        ...CURVE,
        '-subj',
        commonName === '' ? '/' : `/CN=${commonName}`,
        '-keyout',
        `${at}.key`,
        '-out',
        `${at}.csr`,
      );
      const by = ['-CA', file, '-CAkey', `${path}.key`, '-CAcreateserial', '-days', '2'];
      openssl('x509', '-req', '-in', `${at}.csr`, ...by, '-extfile', `${at}.ext`, '-out', `${at}.crt`);
      return { cert: readFileSync(`${at}.crt`, 'utf8'), key: readFileSync(`${at}.key`, 'utf8') };
    },
  };
}

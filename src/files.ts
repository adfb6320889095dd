/** The files that the service reads, and reads again when they change: tokens, certificate, CAs. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { type ServiceSettings, SettingsError } from './settings.ts';

/** The kubelet swaps a Secret's files in one go; looking at their times is cheap and needs no watcher per mount form. */
const RELOAD_EVERY_MS = 5_000;

export function readTokens({ tokenFile, previousTokenFile }: ServiceSettings): string[] {
  const tokens = [readSetting('TOKEN_FILE', tokenFile).trim()];
  if (tokens[0] === '') throw new SettingsError(`TOKEN_FILE=${tokenFile}: the file is empty`);
  try {
    const previous = readFileSync(previousTokenFile, 'utf8').trim();
    if (previous !== '') tokens.push(previous);
  } catch {
    // Only a rotation brings it.
  }
  return tokens;
}

/** What client certificates that callers are asked for are signed by. */
export interface CallersCa {
  /** The variable that names the file. */
  name: string;
  file: string;
}

export interface Pair {
  cert: string;
  key: string;
}

/**
 * @param known the CAs by which callers know the certificate, as of the start; none: whichever signed it.
 * @returns undefined where the service has no TLS.
 * @throws SettingsError where a file cannot be used, or the certificate leads to none of the CAs.
 */
export function readPair({ tls }: ServiceSettings, known: readonly X509Certificate[]): Pair | undefined {
  if (!tls) return undefined;
  const pair: Pair = {
    cert: readSetting('TLS_CERT_FILE', tls.certFile),
    key: readSetting('TLS_KEY_FILE', tls.keyFile),
  };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new SettingsError(
      `TLS_CERT_FILE=${tls.certFile}, TLS_KEY_FILE=${tls.keyFile}: no certificate with its key: ${reason(error)}`,
    );
  }
  const [leaf, ...others] = certificatesIn(pair.cert);
  if (known.length > 0 && !leadsTo(leaf!, others, known)) {
    throw new SettingsError(
      `TLS_CERT_FILE=${tls.certFile}: not signed by TLS_CA_FILE=${tls.caFile}, by which callers have known it since the start; another CA is another revision`,
    );
  }
  return pair;
}

/** Whether a certificate is one of the known, or signed by one, or by one of the others that leads there. */
function leadsTo(
  one: X509Certificate,
  others: readonly X509Certificate[],
  known: readonly X509Certificate[],
): boolean {
  if (known.some((ca) => ca.raw.equals(one.raw) || one.verify(ca.publicKey))) return true;
  const next = others.find((other) => one.checkIssued(other) && one.verify(other.publicKey));
  if (!next) return false;
  const rest = others.filter((other) => other !== next);
  return leadsTo(next, rest, known);
}

/** @returns the CAs by which callers know the certificate; none where no file names them. */
export function readKnownCas({ tls }: ServiceSettings): X509Certificate[] {
  return tls?.caFile ? certificatesIn(readCa({ name: 'TLS_CA_FILE', file: tls.caFile })) : [];
}

/** @throws SettingsError where the file cannot be read, or has no certificate. */
export function readCa({ name, file }: CallersCa): string {
  const ca = readSetting(name, file);
  try {
    certificatesIn(ca);
  } catch (error) {
    throw new SettingsError(`${name}=${file}: no certificate: ${reason(error)}`);
  }
  return ca;
}

/** @throws where there is none, or one is broken. */
function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [pem];
  return blocks.map((block) => new X509Certificate(block));
}

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

/** @returns when a certificate ends, in seconds since 1970. */
export function endOf({ cert }: Pair): number {
  return Date.parse(new X509Certificate(cert).validTo) / 1000;
}

function readSetting(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${name}=${file}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Calls `reload` when one of the files changes; a failure is logged and what was read before stays in force. */
export function whenChanged(files: (string | undefined)[], logger: Logger, reload: () => void): () => void {
  const named = files.filter((file): file is string => Boolean(file));
  if (named.length === 0) return () => {};
  const times = () =>
    named.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 'absent').join();
  let seen = times();
  const timer = setInterval(() => {
    const now = times();
    if (now === seen) return;
    // Also where it fails: what cannot be used is said once, and tried again when it changes.
    seen = now;
    try {
      reload();
      logger.info({ files: named }, 'reloaded');
    } catch (error) {
      logger.error({ err: error, files: named }, 'cannot reload, keeping what was read before');
    }
  }, RELOAD_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Requests to the API server, in the JSON that travels: the library's typed clients drop fields they do not know and
 * turn dates into objects, and a hook gets neither. Addresses, credentials and transport are the library's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createConfiguration, HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { KubernetesObject } from '../reconcile/contract.ts';
import { EngineError } from './events.ts';

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 10;
/** What the API server's Retry-After says. */
const BUSY_MS = 1_000;

/** An object as the API server has it. */
export type StoredObject = KubernetesObject & {
  metadata: { uid: string; resourceVersion: string; managedFields?: ManagedFields[] };
};

export interface ManagedFields {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  subresource?: string;
  fieldsV1?: FieldSet;
}

/** Fields by `f:NAME`, list items by `k:{KEYS}` or `v:VALUE`; see the API server's FieldsV1. */
export interface FieldSet {
  [entry: string]: FieldSet;
}

/** The API server's refusal, in its own words. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly causes: string[];

  constructor(code: number, message: string, reason = '', causes: string[] = []) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.causes = causes;
  }
}

export interface RequestOptions {
  query?: Record<string, string>;
  body?: object;
  contentType?: string;
  signal?: AbortSignal;
}

export class Client {
  #kubeConfig: KubeConfig;
  /** URL of the API server. */
  readonly server: string;
  #http = createConfiguration().httpApi;
  /** Kept, for the library makes one with a connection of its own for each request. */
  #dispatcher: ReturnType<RequestContext['getDispatcher']>;

  constructor(kubeConfig: KubeConfig, server: string) {
    this.#kubeConfig = kubeConfig;
    this.server = server;
  }

  /**
   * Asks again where the API server is too busy, which it says before it does anything.
   * @returns the answer's body.
   * @throws ApiError where the API server refuses, Error where it cannot be reached.
   */
  async request<T>(method: keyof typeof HttpMethod, path: string, options: RequestOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once<T>(method, path, options);
      } catch (error) {
        const wait = error instanceof ApiError && error.code === 429 && attempt < ATTEMPTS;
        if (!wait || options.signal?.aborted) throw error;
        await sleep(BUSY_MS, undefined, { signal: options.signal });
      }
    }
  }

  async #once<T>(method: keyof typeof HttpMethod, path: string, options: RequestOptions): Promise<T> {
    const { query = {}, body, contentType = 'application/json', signal } = options;
    const request = new RequestContext(this.server + path, HttpMethod[method]);
    for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
    request.setHeaderParam('Accept', 'application/json');
    request.setHeaderParam('User-Agent', 'smooth-operator');
    if (body) {
      request.setHeaderParam('Content-Type', contentType);
      request.setBody(JSON.stringify(body));
    }
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    request.setSignal(signal ? AbortSignal.any([signal, timeout]) : timeout);
    // On each request: tokens expire.
    await this.#kubeConfig.applySecurityAuthentication(request);
    if (this.#dispatcher) request.setDispatcher(this.#dispatcher);
    else this.#dispatcher = request.getDispatcher();

    try {
      const response = await this.#http.send(request).toPromise();
      const text = await response.body.text();
      if (response.httpStatusCode >= 200 && response.httpStatusCode < 300) return JSON.parse(text) as T;
      throw refusal(response.httpStatusCode, text);
    } catch (error) {
      if (error instanceof ApiError && error.code !== 401) throw error;
      // A client certificate may have been renewed: the next request looks again.
      this.#dispatcher = undefined;
      throw error instanceof ApiError ? error : unreachable(this.server, error);
    }
  }
}

/** What the client library makes up where it finds none. */
const NO_KUBECONFIG = 'http://localhost:8080';
/**
 * @returns a client of the current cluster.
 * @throws EngineError with what to do where there is none.
 */
export function clientOf(kubeConfig: KubeConfig): Client {
  const server = kubeConfig.getCurrentCluster()?.server;
  if (!server) {
    throw new EngineError(
      'No cluster to work on: the kubeconfig has no current context (kubectl config use-context NAME)',
    );
  }
  if (server === NO_KUBECONFIG) {
    throw new EngineError(
      'No cluster to work on: there is no kubeconfig (set KUBECONFIG to the path of one)',
    );
  }
  return new Client(kubeConfig, server.replace(/\/$/, ''));
}

function refusal(code: number, text: string): ApiError {
  try {
    const { message, reason, details } = JSON.parse(text) as {
      message?: string;
      reason?: string;
      details?: { causes?: { reason?: string }[] };
    };
    const causes = (details?.causes ?? []).flatMap((cause) => cause.reason ?? []);
    return new ApiError(code, message ?? `the API server answers ${code}`, reason, causes);
  } catch {
    return new ApiError(code, `the API server answers ${code}`);
  }
}

function unreachable(server: string, error: unknown): Error {
  const { message, cause } = error as Error;
  const detail = cause instanceof Error ? cause.message : message;
  return new Error(`${server} cannot be reached: ${detail}`, { cause: error });
}

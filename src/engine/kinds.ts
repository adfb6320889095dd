/** What the API server calls a kind, whether it lives in namespaces, and where: its discovery, asked once per group. */
import { ApiError, type Client } from './client.ts';

export interface Kind {
  apiVersion: string;
  kind: string;
  resource: string;
  namespaced: boolean;
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[];
}

export class Kinds {
  #client: Client;
  #found = new Map<string, Kind>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** @returns undefined where the cluster has no such kind; it is asked again the next time. */
  async find(apiVersion: string, resource: string): Promise<Kind | undefined> {
    const key = `${resource}.${apiVersion}`;
    const known = this.#found.get(key);
    if (known) return known;
    const list = await orUndefined(this.#client.request<ResourceList>('GET', groupPath(apiVersion)));
    for (const { name, kind, namespaced } of list?.resources ?? []) {
      this.#found.set(`${name}.${apiVersion}`, { apiVersion, kind, resource: name, namespaced });
    }
    return this.#found.get(key);
  }
}

/** @param namespace of a namespaced kind; absent: its objects in all namespaces. */
export function pathOf(kind: Omit<Kind, 'kind'>, namespace?: string, name?: string): string {
  const scope = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${groupPath(kind.apiVersion)}${scope}/${kind.resource}${object}`;
}

/** @returns undefined where the API server answers 404. */
export async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

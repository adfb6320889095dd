/** `subscriptions/listen` of MCP 2026-07-28, for a process that knows only the notifications of before. */
import { type Id, type Incoming, isObject, jsonAt, type Params, spanAt } from './jsonrpc.ts';
import { CHANGES, RESOURCE_UPDATED } from './methods.ts';
import type { Reply } from './reply.ts';
import type { Listener, Shared } from './shared.ts';

const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
/** Of what one wants to hear. */
const MOST_WANTED_BYTES = 256 * 1024;
const WANTED = ['params', 'notifications'];

export class Subscription implements Listener {
  readonly uris = new Set<string>();
  readonly #id: Id;
  readonly #reply: Reply;
  readonly #honored: Params;
  #wanted: readonly string[];
  #shared: Shared | undefined;

  /**
   * @param capabilities of the process: what it does not tell is not promised.
   * @returns undefined if the request does not say what it wants to hear, or says it at too great a length.
   */
  static of({ id, bytes }: Incoming, capabilities: unknown, reply: Reply): Subscription | undefined {
    const span = spanAt(bytes, WANTED);
    if (!span || span.end - span.start > MOST_WANTED_BYTES) return undefined;
    const wanted = jsonAt(bytes, span);
    if (!isObject(wanted)) return undefined;
    const able = (capability: string, what: string) => {
      const one = isObject(capabilities) ? capabilities[capability] : undefined;
      return isObject(one) && one[what] === true;
    };
    const honored: Params = {};
    for (const { wanted: name, capability } of Object.values(CHANGES)) {
      if (wanted[name] === true && able(capability, 'listChanged')) honored[name] = true;
    }
    const uris = Array.isArray(wanted.resourceSubscriptions) ? wanted.resourceSubscriptions : [];
    const known = uris.filter((uri) => typeof uri === 'string');
    return new Subscription(id!, reply, honored, able('resources', 'subscribe') ? known : []);
  }

  constructor(id: Id, reply: Reply, honored: Params, wanted: readonly string[]) {
    this.#id = id;
    this.#reply = reply;
    this.#honored = honored;
    this.#wanted = wanted;
  }

  /** Tells the client what it will hear, and tells it from now on. */
  begin(shared: Shared): void {
    for (const uri of this.#wanted) {
      if (!this.uris.has(uri) && shared.reserve(uri, this) === undefined) this.uris.add(uri);
    }
    this.#wanted = [];
    if (this.uris.size > 0) this.#honored.resourceSubscriptions = [...this.uris];
    this.#say('notifications/subscriptions/acknowledged', { notifications: this.#honored });
    if (Object.keys(this.#honored).length === 0) {
      this.lost();
      return;
    }
    this.#shared = shared;
    shared.listen(this);
    shared.subscribe(this);
  }

  changed(method: string, line: Buffer): void {
    const change = CHANGES[method];
    if (method !== RESOURCE_UPDATED && !(change && this.#honored[change.wanted] === true)) return;
    const { params } = JSON.parse(line.toString('utf8')) as { params?: Params };
    this.#say(method, isObject(params) ? params : {});
  }

  /** Ends the stream as a server does that ends in good order: the client may listen anew. */
  lost(): void {
    this.#shared?.forget(this);
    const result = { resultType: 'complete', _meta: { [SUBSCRIPTION_ID]: this.#id } };
    this.#reply.finish(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: this.#id, result })));
  }

  #say(method: string, params: Params): void {
    const meta = { ...(isObject(params._meta) && params._meta), [SUBSCRIPTION_ID]: this.#id };
    this.#reply.say(
      Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params: { ...params, _meta: meta } })),
    );
  }
}

/** `subscriptions/listen` of MCP 2026-07-28, for a process that knows only the notifications of before. */
import { type Id, type Incoming, isObject, type Params } from './jsonrpc.ts';
import { CHANGES, RESOURCE_UPDATED } from './methods.ts';
import type { Reply } from './reply.ts';
import type { Listener, Shared } from './shared.ts';

const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
/** Resources of one subscription. */
const MOST_URIS = 1_000;

export class Subscription implements Listener {
  readonly uris: ReadonlySet<string>;
  readonly #id: Id;
  readonly #reply: Reply;
  readonly #honored: Params;
  #shared: Shared | undefined;

  /**
   * @param capabilities of the process: what it does not tell is not promised.
   * @returns undefined if the request does not say what it wants to hear.
   */
  static of({ id, params }: Incoming, capabilities: unknown, reply: Reply): Subscription | undefined {
    const wanted = params.notifications;
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
    const known = uris.filter((uri) => typeof uri === 'string').slice(0, MOST_URIS);
    if (known.length > 0 && able('resources', 'subscribe')) honored.resourceSubscriptions = known;
    return new Subscription(id!, reply, honored);
  }

  constructor(id: Id, reply: Reply, honored: Params) {
    this.#id = id;
    this.#reply = reply;
    this.#honored = honored;
    this.uris = new Set((honored.resourceSubscriptions as string[] | undefined) ?? []);
  }

  /** Tells the client what it will hear, and tells it from now on. */
  begin(shared: Shared): void {
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

/**
 * `/docs`: the OpenAPI of the routes, from the schemas that check their bodies. Hardly anybody asks for it, so what it takes
 * is loaded with the first call and costs a start nothing.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/** @param declare declares the routes to show on an instance; it is never called through them. */
export function documentation(
  app: FastifyInstance,
  version: string,
  declare: (app: FastifyInstance) => void,
): void {
  let shown: Promise<FastifyInstance> | undefined;
  const show = async (request: FastifyRequest, reply: FastifyReply) => {
    shown ??= describe(version, declare);
    const answer = await (await shown).inject({ method: 'GET', url: request.url });
    return reply.code(answer.statusCode).headers(answer.headers).send(answer.rawPayload);
  };
  app.get('/docs', show);
  app.get('/docs/*', show);
}

async function describe(version: string, declare: (app: FastifyInstance) => void): Promise<FastifyInstance> {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ]);
  const app = Fastify();
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  await app.register(swagger, { openapi: { info: { title: 'smooth-operator', version } } });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  // In a scope of their own: the plugins above see routes that are declared after them.
  await app.register(async (scope) => declare(scope));
  await app.ready();
  return app;
}

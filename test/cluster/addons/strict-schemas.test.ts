import t from 'tap';
import { definitionOf, strictSchema } from './strict-schemas.ts';

const gvk = (group: string, version: string, kind: string) => ({ group, version, kind });
const openApi = {
  definitions: {
    Web: {
      type: 'object',
      'x-kubernetes-group-version-kind': [gvk('example.com', 'v1', 'Web')],
      properties: {
        metadata: { $ref: '#/definitions/Meta' },
        size: { $ref: '#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity' },
        port: { type: 'string', format: 'int-or-string' },
        rules: { type: 'array', items: { type: 'object', properties: { host: { type: 'string' } } } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        anything: { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    Meta: { type: 'object', properties: { owner: { $ref: '#/definitions/Meta' } } },
    'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
    Options: {
      'x-kubernetes-group-version-kind': [gvk('', 'v1', 'Options'), gvk('example.com', 'v1', 'Web')],
    },
    Unrelated: { type: 'object' },
  },
};

t.test('a kind is found by group, version and name', async (t) => {
  t.equal(definitionOf(openApi, gvk('example.com', 'v1', 'Web')), 'Web');
  t.equal(definitionOf(openApi, gvk('', 'v1', 'Web')), undefined);
});

t.test('fields that are not given are refused, at every depth', async (t) => {
  const { $ref, definitions } = strictSchema(openApi, 'Web') as {
    $ref: string;
    definitions: typeof openApi.definitions;
  };
  t.equal($ref, '#/definitions/Web');
  t.strictSame(Object.keys(definitions).sort(), [
    'Meta',
    'Web',
    'io.k8s.apimachinery.pkg.api.resource.Quantity',
  ]);
  t.match(definitions.Meta, { additionalProperties: false });
  t.match(definitions.Web, {
    additionalProperties: false,
    properties: { rules: { items: { additionalProperties: false } } },
  });
  const { anything, labels, port } = definitions.Web.properties;
  t.notHas(anything, { additionalProperties: false }, 'unless they are kept on purpose');
  t.match(labels, { additionalProperties: { type: 'string' } }, 'nor in maps');
  t.strictSame(port, { type: ['string', 'integer'] });
});

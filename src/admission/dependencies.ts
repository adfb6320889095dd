/** What a spec leaves to the settings, where they do not say it. */
import { tracingEndpoint } from '../children/tracing.ts';
import { invalid, type Rule, required } from './rule.ts';

export const secretsHaveStore: Rule = ({ spec }, { secretStore }) =>
  spec.secrets?.length && !spec.secretStore && !secretStore.name
    ? [
        required(
          ['secretStore'],
          'where `secrets` come from; the setting MCP_SECRET_STORE_NAME names no store',
        ),
      ]
    : [];

export const tracingHasEndpoint: Rule = (server, settings) => {
  const { tracing } = server.spec.observability ?? {};
  if (!tracing?.enabled) return [];
  const path = ['observability', 'tracing', 'endpoint'];
  const endpoint = tracingEndpoint(server, settings);
  if (endpoint === '') return [required(path, 'the setting MCP_OTLP_ENDPOINT names none')];
  return URL.canParse(endpoint)
    ? []
    : [invalid(path, endpoint, 'must be an address such as http://host:4317')];
};

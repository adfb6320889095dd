/** The syntax of names, keys and paths, as patterns that mean the same in JavaScript and on the API server. */
import { DNS1123_SUBDOMAIN } from './schema.ts';

/** Neither may be `.` nor start with `..`, for a volume makes files of them. */
export const ENV_NAME = '^([-_a-zA-Z]|[.][-_a-zA-Z0-9])[-._a-zA-Z0-9]*$';
export const KEY = '^([-_a-zA-Z0-9]|\\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$';
export const LABEL_KEY = `(${DNS1123_SUBDOMAIN}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
/** An optional prefix, then a name part: the syntax of label and annotation keys. */
export const QUALIFIED_NAME = `^${LABEL_KEY}$`;
export const LABEL_VALUE = '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$';
/** No leading `/`, no segment `..`, as the API server wants files of a volume. */
export const RELATIVE_PATH = '^(([^/.]|\\.[^/.])[^/]*|\\.)(/(([^/.]|\\.[^/.]|\\.\\.[^/])[^/]*|\\.)?)*$';
/** From the root, without a segment `..`. */
export const ABSOLUTE_PATH = '^(/(([^/.]|\\.[^/.]|\\.\\.[^/])[^/]*|\\.)?)+$';

const SEGMENT = '[A-Za-z0-9_~!$&()*+,;=:@-][A-Za-z0-9._~!$&()*+,;=:@-]*';
/** A path that every ingress controller and gateway takes as it is: no escapes, no empty or dotted segments. */
export const PUBLIC_PATH = `^/(${SEGMENT}(/${SEGMENT})*/?)?$`;
/** The same, and segments may begin with one dot, as in /.well-known. */
export const DOTTED_PATH = `^/(\\.?${SEGMENT}(/\\.?${SEGMENT})*/?)?$`;
/** As PUBLIC_PATH, with or without the slashes around it. */
export const PATH_PREFIX = `^/?${SEGMENT}(/${SEGMENT})*/?$`;
/** A host name, perhaps with a wildcard as its first label. */
export const HOST = `^(\\*\\.)?${DNS1123_SUBDOMAIN}$`;
/** Durations of the Gateway API, which are a subset of Go's. */
export const GATEWAY_DURATION = '^([0-9]{1,5}(h|m|s|ms)){1,4}$';
/** Where traces go to; without a scheme, http is meant. */
export const OTLP_ENDPOINT =
  '^(https?://)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[^ \\t\\r\\n]*)?$';
/** Whole seconds, minutes or hours, as Go and Prometheus both read them. */
export const DURATION = '^[1-9][0-9]{0,5}[smh]$';

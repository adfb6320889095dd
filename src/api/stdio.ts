/** How a server that speaks stdio is served over HTTP, by the bridge of the runtime image: the bridge's own flags, as fields. */
import { type Static, Type } from '@sinclair/typebox';
import { type CelRule, Int32, OneOf } from './schema.ts';

/** At most a day. */
const DURATION = '^([1-9][0-9]{0,3}s|[1-9][0-9]{0,2}m|([1-9]|1[0-9]|2[0-4])h)$';

/** By `transport`, or by what it is where it is absent: a package. */
export const SPEAKS_STDIO = "(has(self.transport) ? self.transport == 'stdio' : has(self.__package__))";

const duration = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: DURATION,
      maxLength: 8,
      description,
      hint: 'a whole number with s, m or h, such as 30s, and at most 24h',
    }),
  );

export const Stdio = Type.Object(
  {
    sessions: Type.Optional(
      OneOf(['PerSession', 'Shared'], {
        description:
          '`PerSession`: each session has a process of its own. `Shared`: one process serves all sessions, for servers that keep nothing of a session. PerSession where absent.',
      }),
    ),
    maxSessions: Type.Optional(
      Int32({
        minimum: 1,
        maximum: 10000,
        description:
          'Sessions of a pod at once; more are answered with 503. Where absent and each has a process: as many as the memory limit of the container has room for, at 80 MiB each.',
      }),
    ),
    spareProcesses: Type.Optional(
      Int32({
        minimum: 0,
        maximum: 16,
        description:
          'Processes that are started ahead of the sessions that will have them; 1 where absent. With shared sessions there are none.',
      }),
    ),
    idleTimeout: duration(
      'After so long without a message a session ends, and its process with it; 10m where absent.',
    ),
    startTimeout: duration('How long a process has for its first answer; 60s where absent.'),
    requestTimeout: duration(
      'How long a request may go without an answer and without progress; 15m where absent.',
    ),
    allowedHosts: Type.Optional(
      Type.Array(
        Type.String({
          minLength: 1,
          maxLength: 253,
          pattern: '^(\\*|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$',
          hint: 'a host such as app.example.com, or * for all',
        }),
        {
          maxItems: 32,
          description:
            "Hosts of the web pages that may call the server from a browser; `*` allows all. Those of `ingress` and `route`, and the Service's, are allowed too.",
        },
      ),
    ),
    userHeader: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        pattern: '^[A-Za-z0-9-]+$',
        description:
          'Header by which a proxy in front says who calls: a session is answered only for the user that began it. `Authorization` where absent.',
        hint: 'the name of a header, such as X-Forwarded-User',
      }),
    ),
  },
  { description: 'How a server that speaks stdio is served over HTTP. For the transport stdio alone.' },
);
export type Stdio = Static<typeof Stdio>;

/** What ties the transport stdio to other fields. */
export const STDIO_RULES: CelRule[] = [
  {
    rule: `!has(self.stdio) || ${SPEAKS_STDIO}`,
    message: 'is for servers that speak stdio: set transport to stdio, or leave it out',
    fieldPath: '.stdio',
  },
  {
    rule: `!${SPEAKS_STDIO} || has(self.__package__) || (has(self.command) && self.command.size() > 0)`,
    message:
      "the transport stdio needs the command that is started, for nothing can read an image's entrypoint: name it as the image's Dockerfile or documentation does, such as [node, /app/server.js]",
    fieldPath: '.command',
  },
  {
    rule: `!${SPEAKS_STDIO} || !has(self.scheme) || self.scheme == 'HTTP'`,
    message: 'the bridge in front of a server that speaks stdio speaks HTTP: leave scheme out',
    fieldPath: '.scheme',
  },
  {
    rule: `!${SPEAKS_STDIO} || !has(self.backendTLS)`,
    message: 'the bridge in front of a server that speaks stdio speaks HTTP: leave backendTLS out',
    fieldPath: '.backendTLS',
  },
];

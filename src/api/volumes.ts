/**
 * Volumes and their mounts, in the names and forms of the core Pod API and closed enough that what the CRD accepts, a
 * Deployment accepts.
 */
import { Type } from '@sinclair/typebox';
import { fieldRef } from './environment.ts';
import { Dictionary, exactlyOne, Int32, LabelName, ListMap, ObjectName, OneOf, Quantity } from './schema.ts';
import { ABSOLUTE_PATH, KEY, LABEL_KEY, RELATIVE_PATH } from './syntax.ts';

const fileFieldRef = fieldRef(
  `^(metadata\\.(name|namespace|uid|labels|annotations)|metadata\\.(labels|annotations)\\['${LABEL_KEY}'\\])$`,
  "metadata.name, .namespace, .uid, .labels, .annotations, .labels['KEY'] or .annotations['KEY']",
);

const items = ListMap(
  'path',
  Type.Object({
    key: Type.String({ minLength: 1, maxLength: 253, pattern: KEY, description: 'Key to take.' }),
    path: Type.String({
      minLength: 1,
      maxLength: 512,
      pattern: RELATIVE_PATH,
      description: 'File to write, relative to the mount.',
    }),
    mode: Type.Optional(Int32({ minimum: 0, maximum: 511, description: 'Mode of that file.' })),
  }),
  { maxItems: 64, description: 'Which keys become which files; all where absent.' },
);

const defaultMode = Type.Optional(
  Int32({ minimum: 0, maximum: 511, description: 'Mode of the files (decimal); 420 where absent.' }),
);

const downwardItems = ListMap(
  'path',
  Type.Object({
    path: Type.String({
      minLength: 1,
      maxLength: 512,
      pattern: RELATIVE_PATH,
      description: 'File to write.',
    }),
    fieldRef: fileFieldRef,
  }),
  { maxItems: 32, description: 'Fields of the pod, each as a file.' },
);

const projectedKeys = (what: string) =>
  Type.Object(
    {
      name: ObjectName(`Name of the ${what}.`),
      items: Type.Optional(items),
      optional: Type.Optional(Type.Boolean({ description: `Whether the ${what} may be absent.` })),
    },
    { description: `Keys of a ${what}.` },
  );

const ProjectedSource = Type.Object(
  {
    configMap: Type.Optional(projectedKeys('ConfigMap')),
    secret: Type.Optional(projectedKeys('Secret')),
    downwardAPI: Type.Optional(
      Type.Object({ items: Type.Optional(downwardItems) }, { description: 'Fields of the pod.' }),
    ),
    serviceAccountToken: Type.Optional(
      Type.Object(
        {
          path: Type.String({ minLength: 1, maxLength: 512, pattern: RELATIVE_PATH, description: 'File.' }),
          audience: Type.Optional(Type.String({ maxLength: 512, description: 'Who the token is for.' })),
          expirationSeconds: Type.Optional(
            Int32({ minimum: 600, description: 'Lifetime in seconds; 3600 where absent.' }),
          ),
        },
        { description: 'A token of the ServiceAccount, renewed by the kubelet.' },
      ),
    ),
  },
  {
    'x-kubernetes-validations': [exactlyOne(['configMap', 'secret', 'downwardAPI', 'serviceAccountToken'])],
  },
);

const VOLUME_SOURCES = [
  'emptyDir',
  'configMap',
  'secret',
  'projected',
  'downwardAPI',
  'persistentVolumeClaim',
  'csi',
  'nfs',
  'hostPath',
] as const;

export const Volume = Type.Object(
  {
    name: LabelName('Name that `volumeMounts` refer to.'),
    emptyDir: Type.Optional(
      Type.Object(
        {
          medium: Type.Optional(OneOf(['', 'Memory'], { description: '`Memory` for a tmpfs.' })),
          sizeLimit: Type.Optional(Quantity({ description: 'Most that it may hold.' })),
        },
        { description: 'Scratch space that goes with the pod.' },
      ),
    ),
    configMap: Type.Optional(
      Type.Object(
        {
          name: ObjectName('Name of the ConfigMap.'),
          items: Type.Optional(items),
          defaultMode,
          optional: Type.Optional(Type.Boolean({ description: 'Whether it may be absent.' })),
        },
        { description: 'Keys of a ConfigMap as files.' },
      ),
    ),
    secret: Type.Optional(
      Type.Object(
        {
          secretName: ObjectName('Name of the Secret.'),
          items: Type.Optional(items),
          defaultMode,
          optional: Type.Optional(Type.Boolean({ description: 'Whether it may be absent.' })),
        },
        { description: 'Keys of a Secret as files.' },
      ),
    ),
    projected: Type.Optional(
      Type.Object(
        {
          sources: Type.Array(ProjectedSource, {
            minItems: 1,
            maxItems: 16,
            description: 'What to gather.',
          }),
          defaultMode,
        },
        { description: 'Several sources in one folder.' },
      ),
    ),
    downwardAPI: Type.Optional(
      Type.Object(
        { items: Type.Optional(downwardItems), defaultMode },
        { description: 'Fields of the pod as files.' },
      ),
    ),
    persistentVolumeClaim: Type.Optional(
      Type.Object(
        {
          claimName: ObjectName('Name of the PersistentVolumeClaim.'),
          readOnly: Type.Optional(Type.Boolean({ description: 'Mount it read-only.' })),
        },
        { description: 'A PersistentVolumeClaim of the namespace.' },
      ),
    ),
    csi: Type.Optional(
      Type.Object(
        {
          driver: ObjectName('Name of the CSI driver.', 63),
          readOnly: Type.Optional(Type.Boolean({ description: 'Mount it read-only.' })),
          fsType: Type.Optional(Type.String({ maxLength: 64, description: 'File system to mount.' })),
          volumeAttributes: Type.Optional(
            Dictionary(Type.String({ maxLength: 4096 }), {
              maxProperties: 64,
              description: 'Passed to the driver.',
              'x-kubernetes-validations': [
                {
                  rule: "self.all(k, k.size() <= 253 && k.matches('^[A-Za-z0-9]'))",
                  message: 'keys must start with a letter or digit and have at most 253 characters',
                },
              ],
            }),
          ),
        },
        { description: 'An inline volume of a CSI driver.' },
      ),
    ),
    nfs: Type.Optional(
      Type.Object(
        {
          server: Type.String({ minLength: 1, maxLength: 253, description: 'Host of the NFS server.' }),
          path: Type.String({
            minLength: 1,
            maxLength: 1024,
            pattern: ABSOLUTE_PATH,
            description: 'Exported path.',
          }),
          readOnly: Type.Optional(Type.Boolean({ description: 'Mount it read-only.' })),
        },
        { description: 'An NFS export.' },
      ),
    ),
    hostPath: Type.Optional(
      Type.Object(
        {
          path: Type.String({
            minLength: 1,
            maxLength: 1024,
            pattern: ABSOLUTE_PATH,
            description: 'Path on the node.',
          }),
          type: Type.Optional(
            OneOf(
              [
                '',
                'DirectoryOrCreate',
                'Directory',
                'FileOrCreate',
                'File',
                'Socket',
                'CharDevice',
                'BlockDevice',
              ],
              { description: 'What must be there.' },
            ),
          ),
        },
        { description: 'A path of the node. Pod Security "restricted" and "baseline" refuse it.' },
      ),
    ),
  },
  { 'x-kubernetes-validations': [exactlyOne(VOLUME_SOURCES)] },
);

export const VolumeMount = Type.Object({
  name: LabelName('Which of `volumes`.'),
  mountPath: Type.String({
    minLength: 1,
    maxLength: 512,
    pattern: '^/[^:]*$',
    description: 'Where it appears in the container.',
    hint: 'an absolute path without ":"',
  }),
  subPath: Type.Optional(
    Type.String({ maxLength: 512, pattern: RELATIVE_PATH, description: 'Only this path of the volume.' }),
  ),
  readOnly: Type.Optional(Type.Boolean({ description: 'Mount it read-only.' })),
});

/**
 * The commands that README.md, docs/ and the README of the chart show, and how each is known to work. A command of theirs that is in no list here
 * fails `commands.test.ts`.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'charts/smooth-operator/README.md',
  ...globSync('docs/**/*.md', { cwd: ROOT }).sort(),
];

/** What the service does on a machine that stands still for a second is no matter of the docs. */
export const PATIENT = { MAX_EVENT_LOOP_DELAY_MS: '0' };

/** Run by `commands.test.ts`, without a cluster. With the exit status. */
export const HERE: Record<string, number> = {
  'npx smooth-operator validate -f examples/minimal.yaml': 0,
  "sed 's/replicas:/replica:/' examples/team-search.yaml | npx smooth-operator validate -f -": 1,
  'npx smooth-operator render -f examples/minimal.yaml': 0,
  'POLICY_FILE=metacontroller/components/policy/policy.yaml npx smooth-operator validate -f examples/minimal.yaml': 0,
  'npx smooth-operator serve': 0,
  "curl -s localhost:8080/sync -H 'content-type: application/json' -d @examples/sync-request.json": 0,
};

const HELM_INSTALL =
  'helm install smooth-operator charts/smooth-operator --namespace smooth-operator --create-namespace';
const IMAGE = '--set image.repository=registry.example.com/smooth-operator';
const HELM_UPGRADE =
  'helm upgrade smooth-operator charts/smooth-operator --namespace smooth-operator --reset-then-reuse-values';
const CREDENTIALS = 'metacontroller/overlays/production/make-credentials.sh';
const KUSTOMIZE = 'kubectl apply --server-side -k metacontroller/overlays/production';
const DIGEST_KEY =
  'kubectl create secret generic smooth-operator-secret-digest --namespace smooth-operator --from-literal=key="$(openssl rand -hex 32)"';
const FORGET_CA = `kubectl patch validatingwebhookconfiguration mcpservers.mcp.dev --type=json --patch='[{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]'`;
const WITHOUT_INGRESS =
  "sed '/^  ingress:/,/letsencrypt/d' examples/from-manifests.yaml | kubectl apply -f -";
const SWITCH = `kubectl patch service orders --type=merge --patch '{"spec": {"sessionAffinity": "ClientIP", "selector": {"app": null, "mcp.dev/server": "orders-mcp"}, "ports": [{"port": 80, "targetPort": "mcp"}]}}'`;
/** After a change to server-side apply. */
export const TAKE_BACK = `kubectl get serviceaccounts,configmaps,services,networkpolicies,deployments,poddisruptionbudgets,horizontalpodautoscalers,ingresses --all-namespaces --selector app.kubernetes.io/managed-by=smooth-operator,mcp.dev/server --show-managed-fields -o json | jq 'del(.items[].metadata | select(any(.managedFields[]?; .subresource == null and .operation == "Apply" and .manager != "smooth-operator")) | .managedFields[] | select(.subresource == null and ([.manager, .operation] | IN(["metacontroller", "Update"], ["smooth-operator", "Apply"]))))' | kubectl replace -f -`;
const UNINSTALL = 'helm uninstall smooth-operator --namespace smooth-operator';

/**
 * Run by `commands.e2e.ts`: each a shell script in a fresh clone, with a simulated cluster. What stands between the
 * commands of the docs waits or cleans up.
 */
export const SCRIPTS: Record<string, string[]> = {
  'from a clone to the command': [
    'npm ci',
    'npm run build',
    'npm sbom --sbom-format cyclonedx --omit dev > sbom.json',
    "jq -e '.components | length > 50' sbom.json",
    ...Object.keys(HERE).filter((command) => command.includes('examples/minimal.yaml')),
  ],
  'dev, a request replayed, and on to Helm': [
    // In a group of its own, as a terminal would have it, so that npx and what it started end together.
    'setsid npx smooth-operator dev --install-crds & dev=$!',
    'until kubectl get mcpservers 2>/dev/null; do sleep 0.2; done',
    'kubectl apply -f examples/minimal.yaml',
    'kubectl wait --for=condition=Ready mcpserver/everything --timeout=180s',
    'kubectl get mcpservers',
    'setsid npx smooth-operator serve & serve=$!',
    'until curl -s localhost:8080/readyz; do sleep 0.2; done',
    `kubectl get mcpserver,deployment,service,serviceaccount everything --ignore-not-found -o json | jq '{parent: (.items[] | select(.kind == "MCPServer")), children: ([.items[] | select(.kind != "MCPServer") | {"\\(.kind).\\(.apiVersion)": {"\\(.metadata.namespace)/\\(.metadata.name)": .}}] | add)}' > request.json`,
    "curl -s localhost:8080/sync -H 'content-type: application/json' -d @request.json | jq .status",
    "curl -s localhost:8080/sync -H 'content-type: application/json' -d @request.json | jq -e '.status.phase == \"Ready\"'",
    'kill -- -$dev -$serve',
    'wait $dev $serve || true',
    `${HELM_INSTALL} --take-ownership ${IMAGE}`,
    UNINSTALL,
  ],
  'from plain manifests to an MCPServer': [
    'kubectl label nodes --all pool=tools',
    'kubectl apply -f test/docs/plain-manifests.yaml',
    'setsid npx smooth-operator dev --install-crds & dev=$!',
    'until kubectl get mcpservers 2>/dev/null; do sleep 0.2; done',
    WITHOUT_INGRESS,
    'kubectl wait --for=condition=Ready mcpserver/orders-mcp --timeout=180s',
    'test "$(kubectl get ingresses -o name)" = ingress.networking.k8s.io/orders',
    SWITCH,
    'kubectl delete deployment orders',
    // The old Service leads to the new pods, and to no others.
    `kubectl wait endpointslices --selector kubernetes.io/service-name=orders --for=jsonpath='{.endpoints[1].conditions.ready}'=true --timeout=60s`,
    `kubectl get endpointslices --selector kubernetes.io/service-name=orders -o json | jq -e '[.items[].endpoints[].targetRef.name | startswith("orders-mcp-")] | length == 2 and all'`,
    'kubectl delete ingress orders',
    'kubectl apply -f examples/from-manifests.yaml',
    'kubectl delete service orders',
    'kubectl wait --for=create ingress/orders-mcp --timeout=60s',
    'kill -- -$dev',
    'wait $dev || true',
  ],
  'Helm: install, rotate, upgrade': [
    `${HELM_INSTALL} ${IMAGE}`,
    `${HELM_UPGRADE} --set credentialsGeneration=2`,
    `${HELM_UPGRADE} --set 'features={externalsecrets,servicemonitors}'`,
    DIGEST_KEY,
    `${HELM_UPGRADE} --set secretDigest.existingSecret=smooth-operator-secret-digest`,
    HELM_UPGRADE,
    `${HELM_UPGRADE} --set runtimeImage.enabled=false`,
    UNINSTALL,
  ],
  'kustomize: install, rotate': [
    CREDENTIALS,
    KUSTOMIZE,
    `${CREDENTIALS} --rotate`,
    KUSTOMIZE,
    // As a user uncomments all components.
    `sed -i -E 's/^#(components:|  - )/\\1/' metacontroller/overlays/production/kustomization.yaml`,
    `${DIGEST_KEY} --dry-run=client -o yaml | kubectl apply -f -`,
    KUSTOMIZE,
    'kubectl rollout status deployment --namespace=smooth-operator --timeout=60s',
  ],
  'with certificates of cert-manager': [
    `${HELM_INSTALL} ${IMAGE} --set tls.certManager.enabled=true --set auth.clientCertificate.enabled=true --set auth.enabled=false`,
    UNINSTALL,
    'kubectl apply --server-side -k metacontroller/overlays/cert-manager',
  ],
  'a cluster to play with': [
    'npm run cluster -- up',
    'eval "$(npm run -s cluster -- env)"',
    'kubectl get nodes',
    'npm run cluster -- down',
  ],
};

/** Run by something else, or not to be run by us; with the file that does it, and words of it. */
export const ELSEWHERE: Record<string, { file: string; words: string }> = {
  'npm test': { file: 'package.json', words: '&& npm test"' },
  'npm run check': { file: '.ci/run', words: 'step npm run check' },
  'npm run demo': { file: '.ci/run', words: 'step npm run demo' },
  'UPDATE_GOLDEN=1 npm test': { file: 'test/reconcile/golden.test.ts', words: 'UPDATE_GOLDEN' },
  'helm test smooth-operator --namespace smooth-operator': {
    file: 'test/e2e/chart.ts',
    words: "helm('test'",
  },
  // By buildah, without Docker.
  'docker build -t registry.example.com/smooth-operator:0.1.0 .': {
    file: 'test/cluster/buildah.ts',
    words: "await buildah('bud'",
  },
  'docker build --target runtime -t registry.example.com/smooth-operator-runtime:0.1.0 .': {
    file: 'test/e2e/operator-image.ts',
    words: 'runtimeImage',
  },
  'docker run --rm registry.example.com/smooth-operator-runtime:0.1.0 verify https://mcp.example.com/mcp': {
    file: 'test/runtime/verify/command.test.ts',
    words: "'verify', ",
  },
  'smooth-runtime register --url http://litellm:4000 --file servers.json': {
    file: 'test/runtime/register/command.test.ts',
    words: "'register', ",
  },
  'npx smooth-operator verify https://mcp.example.com/mcp': {
    file: 'test/commands/verify.test.ts',
    words: "'verify', ",
  },
  'npx smooth-operator verify mcpserver/everything -n default': {
    file: 'test/commands/verify.test.ts',
    words: "'mcpserver/everything'",
  },
  'npx smooth-operator connect everything -n default': {
    file: 'test/e2e/real.e2e.ts',
    words: "'connect', name",
  },
  'npx smooth-operator connect everything -n default --client vscode --write': {
    file: 'test/commands/connect.test.ts',
    words: "'--write'",
  },
  'smooth-runtime registry --file /etc/registry/registry.json --host 0.0.0.0 --port 8080': {
    file: 'test/runtime/registry/command.test.ts',
    words: "'--file', file, '--port'",
  },
  'curl -s localhost:8080/v0.1/servers': {
    file: 'test/runtime/registry/command.test.ts',
    words: '/v0.1/servers',
  },
  // With a server of ours: that one is fetched from the registry.
  'npx smooth-runtime bridge --port 8080 -- npx -y @modelcontextprotocol/server-everything': {
    file: 'test/runtime/bridge/command.test.ts',
    words: "['bridge', '--port'",
  },
  'smooth-runtime copy-bridge /shared': {
    file: 'test/runtime/bridge/command.test.ts',
    words: "'copy-bridge', folder",
  },
  // A registry and manifests of others: of Metacontroller we run the binary.
  'docker push registry.example.com/smooth-operator:0.1.0': { file: 'README.md', words: 'stands for that' },
  'docker push registry.example.com/smooth-operator-runtime:0.1.0': {
    file: 'README.md',
    words: 'stands for that',
  },
  // Where the real Metacontroller has changed its strategy.
  [TAKE_BACK]: { file: 'test/e2e/strategies.e2e.ts', words: 'TAKE_BACK' },
  [FORGET_CA]: { file: 'test/e2e/credentials.e2e.ts', words: '"path": "/webhooks/0/clientConfig/caBundle"' },
  "kubectl apply -k 'https://github.com/metacontroller/metacontroller/manifests/production?ref=v4.17.2'": {
    file: 'test/e2e/operator.ts',
    words: 'runMetacontroller',
  },
};

export interface Shown {
  file: string;
  command: string;
  /** Lines that a `console` block shows as its output; `...` stands for any. */
  output: string[];
}

/** @returns the commands of all fenced `sh` and `console` blocks. */
export function shownCommands(): Shown[] {
  return DOCUMENTS.flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    return [...text.matchAll(/^( *)```(sh|console)\n(.*?)^ *```$/gms)].flatMap(
      ([, indent = '', form, block = '']) => {
        const lines = block.split('\n').map((line) => line.slice(indent.length));
        return form === 'sh' ? fromShell(lines, file) : fromConsole(lines, file);
      },
    );
  });
}

function fromShell(lines: string[], file: string): Shown[] {
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((command) => ({ file, command, output: [] }));
}

function fromConsole(lines: string[], file: string): Shown[] {
  const shown: Shown[] = [];
  for (const line of lines) {
    if (line.startsWith('$ ')) shown.push({ file, command: line.slice(2), output: [] });
    else if (line !== '' && line !== '...') shown.at(-1)!.output.push(line);
  }
  return shown;
}

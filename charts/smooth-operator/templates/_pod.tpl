{{/* What the pods of the hook and of `helm test` have in common. */}}

{{- define "smooth-operator.podDefaults" -}}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- define "smooth-operator.imageFields" -}}
image: {{ include "smooth-operator.image" . }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end }}

{{- define "smooth-operator.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "smooth-operator.probe" -}}
{ path: {{ .path }}, port: hook, scheme: {{ include "smooth-operator.protocol" .root | upper }} }
{{- end }}

{{/* Plain variables, not a ConfigMap: pods of before keep what they were started with, whatever restarts them. */}}
{{- define "smooth-operator.environment" -}}
{{- /* A dollar is doubled, for Kubernetes would expand what looks like a variable. */}}
{{- with .Values.settings.defaultEnv }}
- name: MCP_DEFAULT_ENV
  value: {{ . | toJson | replace "$" "$$" | quote }}
{{- end }}
{{- range $name, $value := omit .Values.settings "defaultEnv" }}
- name: {{ $name }}
  {{- /* YAML's numbers are floats to Helm, which would write large ones with an exponent. */}}
  {{- $whole := and (kindIs "float64" $value) (eq (toString $value) (floor $value | toString)) }}
  value: {{ ternary ($value | int64 | toString) ($value | toString) $whole | quote }}
{{- end }}
- name: MCP_RUNTIME_IMAGE
  value: {{ include "smooth-operator.runtimeImage" . | quote }}
- name: FEATURES
  value: {{ include "smooth-operator.features" . | quote }}
- name: METRICS_PORT
  value: "9090"
- name: REVISION
  value: {{ include "smooth-operator.revision" . | quote }}
{{- if .Values.tls.enabled }}
- name: TLS_CERT_FILE
  value: /etc/smooth-operator/tls/tls.crt
- name: TLS_KEY_FILE
  value: /etc/smooth-operator/tls/tls.key
- name: TLS_CA_FILE
  value: /etc/smooth-operator/tls/ca.crt
{{- end }}
{{- if eq (include "smooth-operator.admits" .) "true" }}
- name: ADMISSION_PORT
  value: "8443"
{{- end }}
{{- if .Values.auth.clientCertificate.enabled }}
- name: CLIENT_CA_FILE
  value: /etc/smooth-operator/clients/ca.crt
- name: CLIENT_NAMES
  value: {{ include "smooth-operator.clientNames" . | quote }}
{{- end }}
{{- if eq (include "smooth-operator.asksApiServer" .) "true" }}
- name: ADMISSION_CLIENT_CA_FILE
  value: /etc/smooth-operator/admission-clients/ca.crt
- name: ADMISSION_CLIENT_NAMES
  value: {{ join "," .Values.admission.clientCertificate.names | quote }}
{{- end }}
{{- if .Values.auth.enabled }}
- name: TOKEN_FILE
  value: /etc/smooth-operator/auth/token
- name: PREVIOUS_TOKEN_FILE
  value: /etc/smooth-operator/auth/previous-token
{{- end }}
{{- if .Values.secretDigest.existingSecret }}
- name: SECRET_DIGEST_KEY_FILE
  value: /etc/smooth-operator/secret-digest/key
{{- end }}
{{- if .Values.policy }}
- name: POLICY_FILE
  value: /etc/smooth-operator/policy/policy.yaml
{{- end }}
{{- end }}

{{/* Whole folders: the kubelet renews no single file that is mounted by subPath. */}}
{{- define "smooth-operator.credentialMounts" -}}
{{- if .Values.tls.enabled }}
- { name: tls, mountPath: /etc/smooth-operator/tls, readOnly: true }
{{- end }}
{{- if .Values.auth.enabled }}
- { name: auth, mountPath: /etc/smooth-operator/auth, readOnly: true }
{{- end }}
{{- end }}

{{/* 0440 in decimal: the files belong to root and to the pod's fsGroup. */}}
{{- define "smooth-operator.credentialVolumes" -}}
{{- if .Values.tls.enabled }}
- name: tls
  secret: { secretName: {{ include "smooth-operator.tlsSecret" . }}, defaultMode: 288 }
{{- end }}
{{- if .Values.auth.enabled }}
- name: auth
  secret: { secretName: {{ include "smooth-operator.tokenSecret" . }}, defaultMode: 288 }
{{- end }}
{{- end }}

{{/* CAs alone: the hook has no use for the keys that belong to what callers show. */}}
{{- define "smooth-operator.clientsMounts" -}}
{{- if .Values.auth.clientCertificate.enabled }}
- { name: clients, mountPath: /etc/smooth-operator/clients, readOnly: true }
{{- end }}
{{- if eq (include "smooth-operator.asksApiServer" .) "true" }}
- { name: admission-clients, mountPath: /etc/smooth-operator/admission-clients, readOnly: true }
{{- end }}
{{- end }}

{{- define "smooth-operator.clientsVolumes" -}}
{{- if .Values.auth.clientCertificate.enabled }}
- name: clients
  secret:
    secretName: {{ include "smooth-operator.clientSecret" . }}
    defaultMode: 288
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- if eq (include "smooth-operator.asksApiServer" .) "true" }}
- name: admission-clients
  configMap: { name: {{ include "smooth-operator.admissionCa" . }} }
{{- end }}
{{- end }}

{{/* What Metacontroller shows, for `helm test` to show it as well. */}}
{{- define "smooth-operator.clientMount" -}}
{{- if .Values.auth.clientCertificate.enabled }}
- { name: client, mountPath: /etc/smooth-operator/client, readOnly: true }
{{- end }}
{{- end }}

{{- define "smooth-operator.clientVolume" -}}
{{- if .Values.auth.clientCertificate.enabled }}
- name: client
  secret: { secretName: {{ include "smooth-operator.clientSecret" . }}, defaultMode: 288 }
{{- end }}
{{- end }}

{{- define "smooth-operator.secretDigestMount" -}}
{{- if .Values.secretDigest.existingSecret }}
- { name: secret-digest, mountPath: /etc/smooth-operator/secret-digest, readOnly: true }
{{- end }}
{{- end }}

{{- define "smooth-operator.secretDigestVolume" -}}
{{- with .Values.secretDigest }}
{{- if .existingSecret }}
- name: secret-digest
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 288
    items: [{ key: {{ .key | quote }}, path: key }]
{{- end }}
{{- end }}
{{- end }}

{{- define "smooth-operator.policyMount" -}}
{{- if .Values.policy }}
- { name: policy, mountPath: /etc/smooth-operator/policy, readOnly: true }
{{- end }}
{{- end }}

{{- define "smooth-operator.policyVolume" -}}
{{- if .Values.policy }}
- name: policy
  configMap: { name: {{ include "smooth-operator.policy" . }} }
{{- end }}
{{- end }}

{{- define "smooth-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* At most 50 characters, so that the longest suffix fits. A release that is called like the chart needs no prefix. */}}
{{- define "smooth-operator.fullname" -}}
{{- $name := include "smooth-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "smooth-operator.hook" -}}
{{ include "smooth-operator.fullname" . }}-hook
{{- end }}

{{- define "smooth-operator.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "smooth-operator.hook" .) }}
{{- end }}

{{- define "smooth-operator.tlsSecret" -}}
{{ .Values.tls.existingSecret | default (include "smooth-operator.madeSecret" (dict "root" . "of" "tls")) }}
{{- end }}

{{- define "smooth-operator.clientSecret" -}}
{{ .Values.auth.clientCertificate.existingSecret | default (include "smooth-operator.madeSecret" (dict "root" . "of" "client")) }}
{{- end }}

{{- define "smooth-operator.caSecret" -}}
{{ include "smooth-operator.madeSecret" (dict "root" . "of" "ca") }}
{{- end }}

{{/* Of the chart's own and of cert-manager's making not alike: who goes from the one to the other is deleted nothing in use. */}}
{{- define "smooth-operator.madeSecret" -}}
{{ include "smooth-operator.fullname" .root }}-{{ ternary "issued-" "" .root.Values.tls.certManager.enabled }}{{ .of }}
{{- end }}

{{/* What the hook is called by. Metacontroller uses the first, the API server the second. */}}
{{- define "smooth-operator.hookNames" -}}
{{- $host := printf "%s.%s" (include "smooth-operator.hook" .) .Release.Namespace -}}
- {{ $host }}
- {{ $host }}.svc
- {{ $host }}.svc.{{ .Values.settings.MCP_CLUSTER_DOMAIN }}
{{- end }}

{{- define "smooth-operator.tokenSecret" -}}
{{ .Values.auth.existingSecret | default (printf "%s-token" (include "smooth-operator.fullname" .)) }}
{{- end }}

{{/* As of a policy, below. */}}
{{- define "smooth-operator.admissionCa" -}}
{{ include "smooth-operator.fullname" . }}-admission-ca-{{ .Values.admission.clientCertificate.ca | sha256sum | trunc 8 }}
{{- end }}

{{/* With a digest: pods of before keep the policy that they were started with, whatever restarts them. */}}
{{- define "smooth-operator.policy" -}}
{{ include "smooth-operator.fullname" . }}-policy-{{ .Values.policy | toJson | sha256sum | trunc 8 }}
{{- end }}

{{- define "smooth-operator.image" -}}
{{- with .Values.image }}
{{- include "smooth-operator.reference" (dict "repository" .repository "tag" (.tag | default $.Chart.AppVersion) "digest" .digest) }}
{{- end }}
{{- end }}

{{/* Of the same build as the hook's, where nothing else is said. Empty where it is off. */}}
{{- define "smooth-operator.runtimeImage" -}}
{{- with .Values.runtimeImage }}
{{- if .enabled }}
{{- $hook := $.Values.image }}
{{- $repository := .repository | default (printf "%s-runtime" $hook.repository) }}
{{- include "smooth-operator.reference" (dict "repository" $repository "tag" (.tag | default $hook.tag | default $.Chart.AppVersion) "digest" .digest) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "smooth-operator.reference" -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag }}
{{- end }}
{{- end }}

{{/* In one order and each once: what is the same to the hook is one revision. */}}
{{- define "smooth-operator.features" -}}
{{ .Values.features | default list | sortAlpha | uniq | join "," }}
{{- end }}

{{/* files/controllers.yaml as far as this cluster wants it, with the kinds of child that it has, as a YAML list. */}}
{{- define "smooth-operator.controllers" -}}
{{- $features := .Values.features | default list }}
{{- $settings := dict "MCP_RUNTIME_IMAGE" (include "smooth-operator.runtimeImage" .) }}
{{- range $controller := .Files.Get "files/controllers.yaml" | fromYamlArray }}
{{- if or (not $controller.feature) (has $controller.feature $features) }}
{{- $children := list }}
{{- range $controller.children }}
{{- if and (or (not .feature) (has .feature $features)) (or (not .setting) (get $settings (.setting | default ""))) }}
{{- $children = append $children . }}
{{- end }}
{{- end }}
- {{ dict "parent" $controller.parent "children" $children "feature" ($controller.feature | default "") | toJson }}
{{- end }}
{{- end }}
{{- end }}

{{- define "smooth-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "smooth-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "smooth-operator.hookSelectorLabels" -}}
{{ include "smooth-operator.selectorLabels" . }}
app.kubernetes.io/component: hook
{{- end }}

{{- define "smooth-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "smooth-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "smooth-operator.hookLabels" -}}
{{ include "smooth-operator.labels" . }}
app.kubernetes.io/component: hook
{{- end }}

{{- define "smooth-operator.protocol" -}}
{{ ternary "https" "http" .Values.tls.enabled }}
{{- end }}

{{- define "smooth-operator.port" -}}
{{ ternary 443 80 .Values.tls.enabled }}
{{- end }}

{{/* "true" where the webhook asks the API server for its certificate. */}}
{{- define "smooth-operator.asksApiServer" -}}
{{ and (eq (include "smooth-operator.admits" .) "true") (ne .Values.admission.clientCertificate.ca "") }}
{{- end }}

{{/* "true" where there is a webhook: the API server calls nothing but HTTPS. */}}
{{- define "smooth-operator.admits" -}}
{{ and .Values.admission.enabled .Values.tls.enabled }}
{{- end }}

{{/*
Fails where the Metacontroller that is installed applies in another way than the setting says: it might write into objects
not owned by an MCPServer. Where Helm sees none, because it renders without a cluster or Metacontroller is elsewhere,
nothing can be said, and the hook finds it out by the first child.
*/}}
{{- define "smooth-operator.checkApplyStrategy" -}}
{{- $setting := .Values.settings.MCP_APPLY_STRATEGY }}
{{- $namespace := .Values.metacontroller.namespace }}
{{- range $kind := list "StatefulSet" "Deployment" }}
{{- range (lookup "apps/v1" $kind $namespace "").items | default list }}
{{- $name := .metadata.name }}
{{- range .spec.template.spec.containers }}
{{- $words := concat (.command | default list) (.args | default list) }}
{{- if contains " --apply-strategy=server-side-apply " (printf " %s " (join " " $words | replace "--apply-strategy " "--apply-strategy=")) }}
{{- if eq $setting "dynamic-apply" }}
{{- fail (printf "settings.MCP_APPLY_STRATEGY: %s %s/%s runs with --apply-strategy=server-side-apply, so set it to server-side-apply" $kind $namespace $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

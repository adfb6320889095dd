{{/*
Patterns of a policy as regular expressions that match whole values, for CEL: what src/admission/patterns.ts does.
Each takes one pattern.
*/}}

{{- define "smooth-operator.cel.glob" -}}
{{- $parts := list }}
{{- range splitList "*" .pattern }}
{{- $parts = append $parts (regexQuoteMeta .) }}
{{- end }}
{{- join (printf "%s*" .any) $parts }}
{{- end }}

{{- define "smooth-operator.cel.registry" -}}
{{- $segments := splitList "/" . }}
{{- $host := ternary "docker.io" (first $segments) (eq (first $segments) "index.docker.io") -}}
^{{ if hasPrefix "*." $host }}[^/]+{{ trimPrefix "*" $host | regexQuoteMeta }}{{ else }}{{ regexQuoteMeta $host }}{{ end }}
{{- range rest $segments }}/{{ include "smooth-operator.cel.glob" (dict "pattern" . "any" "[^/]") }}{{ end }}(/.*)?$
{{- end }}

{{- define "smooth-operator.cel.host" -}}
{{- if eq . "*" -}}
^.*$
{{- else if hasPrefix "*." . -}}
^.+{{ trimPrefix "*" . | regexQuoteMeta }}$
{{- else -}}
^{{ regexQuoteMeta . }}$
{{- end }}
{{- end }}

{{- define "smooth-operator.cel.name" -}}
^{{ include "smooth-operator.cel.glob" (dict "pattern" . "any" ".") }}$
{{- end }}

{{- define "smooth-operator.cel.role" -}}
^{{ include "smooth-operator.cel.glob" (dict "pattern" . "any" "[^/:]") }}$
{{- end }}

{{/* A name of npm as it is; one of PyPI in its normal form, as that of the server is. */}}
{{- define "smooth-operator.cel.package" -}}
{{- $plain := . }}
{{- if hasPrefix "pypi:" . }}
{{- $plain = regexReplaceAll "[._-]+" (lower .) "-" }}
{{- end -}}
^{{ include "smooth-operator.cel.glob" (dict "pattern" $plain "any" "[^/:]") }}$
{{- end }}

{{/* A list of patterns as a CEL list of regular expressions: dict "patterns" LIST "form" NAME. */}}
{{- define "smooth-operator.cel.list" -}}
{{- $all := list }}
{{- $form := printf "smooth-operator.cel.%s" .form }}
{{- range .patterns }}
{{- $all = append $all (include $form .) }}
{{- end }}
{{- $all | toJson }}
{{- end }}

{{/* Grants as a CEL list of maps: dict "grants" LIST "form" NAME. */}}
{{- define "smooth-operator.cel.grants" -}}
{{- $form := .form }}
{{- $all := list }}
{{- range .grants }}
{{- $namespaces := include "smooth-operator.cel.list" (dict "patterns" .namespaces "form" "name") }}
{{- $allowed := include "smooth-operator.cel.list" (dict "patterns" .allowed "form" $form) }}
{{- $all = append $all (printf `{"namespaces": %s, "allowed": %s}` $namespaces $allowed) }}
{{- end -}}
[{{ join ", " $all }}]
{{- end }}

{{/* Whether a list of values is granted to the namespace: dict "grants" LIST "form" NAME "values" EXPRESSION. */}}
{{- define "smooth-operator.cel.granted" -}}
{{ .values }}.all(value, {{ include "smooth-operator.cel.grants" . }}.exists(grant, grant.namespaces.exists(one, request.namespace.matches(one)) && grant.allowed.exists(one, value.matches(one))))
{{- end }}
